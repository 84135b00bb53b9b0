import { Connection } from './connection.js';
import { Conversations } from './conversations.js';
import { ensureDevice, forgetDevice, forgetRemovedDevice } from './device.js';
import { Events } from './events.js';
import { History } from './history.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { Presence } from './presence.js';
import { Store } from './store.js';

const MOST_LAST_SEQUENCES = 1000;
const DEFAULT_CONTENT_LIMIT = 10_000;

/**
 * Read first: one signed-in person on this device, and which frame goes where.
 *
 * Events: `state` (of the connection), `stored` (new messages of one conversation), `failed` (text: the page cannot go on
 * as it should).
 */
export class Chat extends Events {
  maxContentLength = DEFAULT_CONTENT_LIMIT;
  #deviceId;
  #deviceUnknown = false;

  static async open(session) {
    const store = await Store.open(session.userId);
    const chat = new Chat(session, store);
    await chat.conversations.restore();
    await chat.outbox.load();
    return chat;
  }

  constructor(session, store) {
    super();
    this.session = session;
    this.store = store;
    this.connection = new Connection(() => this.#hello());
    this.conversations = new Conversations(store, session.rest, session.userId);
    this.history = new History(store, session.rest);
    this.inbox = new Inbox(store, this.connection);
    this.outbox = new Outbox(store, this.connection);
    this.presence = new Presence(session.rest);
    this.connection.on('frame', (frame) => this.#frame(frame));
    this.connection.on('disconnected', () => this.presence.forget());
    this.connection.on('state', (state) => this.#state(state));
    this.inbox.on('stored', (messages) => this.#stored(messages));
    this.conversations.on('joined', (joined) => this.#lookFor(joined).catch(() => {}));
    this.conversations.on('behind', (mark) => this.#tellRead(mark));
    this.history.on('fetched', (messages) => this.#fetched(messages));
    this.inbox.on('caught-up', () => this.#caughtUp());
    this.inbox.on('confirmed', (clientMessageId) => this.outbox.confirmed(clientMessageId));
    this.inbox.on('failed', () => this.emit('failed', 'This browser cannot store messages. Free some space, then reload.'));
    session.on('renewed', (token) => this.connection.send({ action: 'authenticate', token }));
  }

  start() {
    this.session.keepAlive();
    this.connection.start();
  }

  stop() {
    this.connection.stop();
    this.store.close();
  }

  get me() {
    return this.session.userId;
  }

  send(conversationId, content) {
    return this.outbox.write(conversationId, content);
  }

  typing(conversationId) {
    if (this.presence.mayTell(conversationId)) this.connection.send({ action: 'typing', conversation_id: conversationId });
  }

  /** The person has seen everything of the conversation up to `sequence`. */
  read(conversationId, sequence) {
    if (this.connection.state !== 'online' || !this.conversations.readByMe(conversationId, sequence)) return;
    this.#tellRead({ conversation_id: conversationId, last_read_sequence: sequence });
  }

  #tellRead(mark) {
    this.connection.send({ action: 'read_receipt', ...mark });
  }

  async #hello() {
    if (this.session.isExpired) this.session.end('Your session has ended. Please sign in again.');
    this.#deviceId ??= await ensureDevice(this.session);
    const newest = this.conversations.list().slice(0, MOST_LAST_SEQUENCES);
    const held = newest
      .map(({ conversation_id: id }) => [id, this.store.range(id)?.high])
      .filter(([, sequence]) => sequence > 0);
    return {
      action: 'connect',
      device_id: this.#deviceId,
      token: this.session.token,
      last_sequences: Object.fromEntries(held),
    };
  }

  #frame(frame) {
    switch (frame.event) {
      case 'connected':
        return this.#connected(frame);
      case 'caught_up':
        return this.inbox.caughtUp();
      case 'new_message':
        return this.#received(frame);
      case 'sent':
        return this.#sent(frame);
      case 'delivered':
        return this.conversations.delivered(frame);
      case 'read':
        return this.conversations.read(frame);
      case 'presence':
        return this.presence.update(frame);
      case 'typing':
        return this.presence.peerTypes(frame.conversation_id);
      case 'synced':
        return this.inbox.synced(frame);
      case 'error':
        return this.#error(frame);
    }
  }

  async #connected(frame) {
    this.maxContentLength = frame.max_content_length;
    await this.outbox.load();
    this.outbox.sendAll();
    await this.#refresh();
  }

  #caughtUp() {
    if (this.conversations.loaded) this.#reachHeads(this.conversations.list());
  }

  async #refresh() {
    try {
      const known = this.conversations.list();
      this.#reachHeads(await this.conversations.load());
      await this.#lookFor(known);
    } catch (error) {
      if (this.connection.state === 'online') this.emit('failed', error.message);
    }
  }

  #lookFor(conversations) {
    return this.presence.load(conversations.map(({ peer }) => peer.user_id));
  }

  #reachHeads(conversations) {
    for (const { conversation_id: id, last_sequence: head } of conversations) this.inbox.reach(id, head);
  }

  #received({ event: _, ...message }) {
    this.presence.peerStopped(message.conversation_id);
    this.inbox.receive(message);
  }

  #sent({ client_message_id: clientMessageId, message_id, conversation_id, sequence_number, timestamp }) {
    const entry = this.outbox.get(clientMessageId);
    if (!entry) return;
    this.outbox.answered(clientMessageId);
    const { content } = entry;
    const mine = { message_id, conversation_id, sender_id: this.me, content, sequence_number, timestamp };
    this.inbox.receive({ ...mine, client_message_id: clientMessageId }, false);
  }

  /** A page of history may overtake the frame that announces its newest message. */
  #fetched(messages) {
    const head = this.conversations.get(messages[0].conversation_id)?.last_sequence ?? Infinity;
    const news = messages.filter(({ sequence_number: sequence }) => sequence > head);
    if (news.length) this.#stored(news);
    for (const { client_message_id: id } of messages) if (id) this.outbox.confirmed(id);
  }

  #stored(messages) {
    this.conversations.stored(messages);
    this.emit('stored', messages);
  }

  #error(frame) {
    if (frame.action === 'connect' && frame.code === 'not_found') this.#deviceUnknown = true;
    if (frame.action === 'send_message' || frame.client_message_id) this.outbox.refused(frame);
  }

  async #state(state) {
    if (state === 'ended') await this.#ended();
    if (state === 'refused' && this.#deviceUnknown) return this.#registerAnew();
    this.emit('state', state);
  }

  /** 4401: the token is no good, or the device was removed. In the second case a new device is registered. */
  async #ended() {
    try {
      await this.session.rest.get('users/me');
      if (await forgetRemovedDevice(this.session)) return this.#registerAnew();
      this.session.end('The server does not accept this session any more. Please sign in again.');
    } catch (error) {
      if (error.isNetwork) return this.connection.start();
      this.session.end('Your session has ended. Please sign in again.');
    }
  }

  #registerAnew() {
    forgetDevice(this.session);
    this.#deviceId = undefined;
    this.#deviceUnknown = false;
    this.connection.start();
  }
}
