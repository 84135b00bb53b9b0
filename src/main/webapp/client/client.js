import { Credentials } from './credentials.js';
import { Events } from './events.js';
import { Incoming } from './incoming.js';
import { IndexedDbStorage } from './indexed-db.js';
import { Parts } from './parts.js';
import { Rest } from './rest.js';
import { Servers } from './servers.js';
import { MemoryStorage } from './storage.js';
import { Store } from './store.js';
import { Tabs } from './tabs.js';
/** @import { TokenSource } from './credentials.js' */
/** @import { Storage } from './storage.js' */
/** @import { Frame, Message, Person, State } from './types.js' */

/**
 * @typedef {object} Options
 * @property {string | URL | (string | URL)[]} server base address of Duet, or of several of its nodes
 * @property {TokenSource} token the person's token, or a function that gives a fresh one whenever it is asked
 * @property {Storage} [storage] default: IndexedDB in a browser, memory elsewhere
 * @property {{ type?: 'phone' | 'desktop' | 'web', name?: string }} [device] how this installation is registered
 * @property {typeof WebSocket} [WebSocket] where the platform has none
 *
 * @typedef {object} ClientEvents
 * @property {State} state of the connection
 * @property {Message} message is new on this device, is stored on it, and comes once
 * @property {string | undefined} conversations this conversation has changed; undefined: the list has
 * @property {string} outbox what is on its way in this conversation has changed
 * @property {string} presence of this user
 * @property {string} typing the peer of this conversation has begun or ceased to type
 * @property {undefined} caughtUp everything that was pending at the time of the connect is stored
 * @property {string} token the token was renewed: keep this one
 * @property {string} end 'unauthorized': a new token is needed (`setToken`); 'signed-out': everything of the person is gone from here
 * @property {unknown} failed this device cannot store messages; nothing is acknowledged meanwhile
 */

/**
 * One person's Duet on one device: read this first.
 *
 * In a browser all tabs share one connection and one storage; which of them has the connection need not interest anybody. Every tab
 * hears every event.
 *
 * @extends {Events<ClientEvents>}
 */
export class DuetClient extends Events {
  #options;
  #credentials;
  #servers;
  /** @type {State} */
  #state = { name: 'stopped' };
  /** @type {Parts | undefined} */
  #parts;
  #running = false;

  /** Longest content in Unicode code points. */
  maxContentLength = 10_000;

  /** @param {Options} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#servers = new Servers(options.server);
    this.#credentials = new Credentials(options.token);
    /** The REST API with this person's token, for what has no method here. */
    this.rest = new Rest(
      this.#servers,
      () => this.#credentials.token,
      (token) => token === this.#credentials.token && this.#refused(token),
    );
    this.#credentials.on('renewed', (token) => this.#renewed(token));
  }

  /**
   * Opens the storage and connects. Fulfilled when what this device holds can be read, whether or not a server can be reached; only
   * the very first start on a device needs one, to learn who this is.
   *
   * @throws {import('./rest.js').ApiError} on such a first start
   */
  async start() {
    await this.#credentials.obtain();
    const identity = this.#credentials.identity ?? (await this.rest.get('users/me')).user_id;
    const name = `duet ${this.#servers.name} ${identity}`;
    const store = new Store(this.#options.storage ?? (await defaultStorage(name)));
    /** @type {Person} */
    const me = (await store.note('me')) ?? (await this.rest.get('users/me'));
    await store.putNote('me', me);
    this.#running = true;
    const tabs = new Tabs(name, !this.#options.storage);
    const parts = (this.#parts = new Parts({
      ...{ me, store, tabs, rest: this.rest, servers: this.#servers, credentials: this.#credentials, options: this.#options },
      send: (frame) => this.#send(frame),
    }));
    this.#listen();
    await parts.conversations.restore();
    parts.receipts.start();
    parts.tabs.start();
    await this.#loadOutbox();
    if (!parts.tabs.leads) parts.tabs.tell({ newcomer: true });
    return this;
  }

  /** After this tab has begun to listen to the others, so that nothing that leaves the outbox meanwhile is missed. */
  async #loadOutbox() {
    try {
      await this.parts.outbox.load();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Closes the connection, or leaves it to another tab. Everything stays on the device. */
  stop() {
    if (!this.#running) return;
    this.#halt();
    this.parts.store.close();
  }

  #halt() {
    const { connection, receipts, tabs } = this.parts;
    receipts.stop();
    this.#running = false;
    tabs.stop();
    connection.stop();
    this.#credentials.letExpire();
    this.#become({ name: 'stopped' });
  }

  /** Erases what is kept here, removes this device and ends the session everywhere. The other tabs end at once, and may be gone before this one. */
  async signOut() {
    const { device, store, tabs } = this.parts;
    const id = await device.id();
    tabs.tell({ signedOut: true });
    this.#halt();
    await Promise.all([store.erase(), this.#leaveServer(id)]);
    this.emit('end', 'signed-out');
  }

  /** @param {string | undefined} device */
  async #leaveServer(device) {
    if (device) await this.rest.delete(`devices/${device}`).catch(() => {});
    await this.rest.delete('sessions').catch(() => {});
  }

  /** Goes on with another token of the same person. @param {string} token */
  setToken(token) {
    this.#credentials.set(token);
  }

  get token() {
    return this.#credentials.token;
  }

  get state() {
    return this.#state;
  }

  /** The parts of a client that has been started; they can be read from also after `stop`. @returns {Parts} */
  get parts() {
    if (!this.#parts) throw new Error('The client has not been started.');
    return this.#parts;
  }

  get me() {
    return this.parts.me;
  }

  get conversations() {
    return this.parts.conversations;
  }

  get history() {
    return this.parts.history;
  }

  get outbox() {
    return this.parts.outbox;
  }

  get presence() {
    return this.parts.presence;
  }

  /** Whether it is this tab's turn to do what must be done once for all of them, such as to notify. */
  get leads() {
    return this.#running && this.parts.tabs.leads;
  }

  /** Whether the person looks at one of the tabs. */
  get isLookedAt() {
    return this.parts.tabs.isLookedAt;
  }

  /**
   * Writes a message. Fulfilled with it when the server has stored it, once, however often the connection breaks meanwhile and
   * even if this program is ended and started again; rejected when the server refuses it (`Refused`).
   *
   * @param {string} conversationId @param {string} content @returns {Promise<Message>}
   */
  async send(conversationId, content) {
    return this.outbox.stored(await this.write(conversationId, content));
  }

  /** The same, but fulfilled as soon as the message is safe on this device. @param {string} conversationId @param {string} content */
  async write(conversationId, content) {
    const entry = await this.outbox.write(conversationId, content);
    this.parts.receipts.flush();
    return entry;
  }

  /** The person has seen everything up to `sequence`. The server is told within 2 s. @param {string} conversationId @param {number} sequence */
  read(conversationId, sequence) {
    this.parts.receipts.read(conversationId, sequence);
    this.parts.tabs.tell({ readHere: { conversationId, sequence } });
  }

  /** The person is typing; may be called at every key. @param {string} conversationId */
  typing(conversationId) {
    if (this.presence.mayTell(conversationId)) this.#send({ action: 'typing', conversation_id: conversationId });
  }

  /** People whose username begins so. @param {string} query @returns {Promise<Person[]>} */
  async people(query) {
    return (await this.rest.get('users', { query, limit: 20 })).items;
  }

  /** Connects at once: instead of waiting, or although this device is connected elsewhere. */
  connectNow() {
    if (this.leads) this.#connectNow();
    else this.parts.tabs.tell({ connectNow: true });
  }

  #connectNow() {
    const { connection } = this.parts;
    if (connection.state.name === 'displaced') connection.start();
    else connection.retryNow();
  }

  #listen() {
    const { connection, conversations, inbox, outbox, presence, tabs } = this.parts;
    new Incoming(this.parts, this.#credentials, (news) => this.#share(news));
    connection.on('state', (state) => this.#connectionState(state));
    inbox.on('failed', (error) => this.emit('failed', error));
    outbox.on('changed', (id) => this.emit('outbox', id));
    outbox.on('told', (change) => tabs.tell({ outbox: change }));
    conversations.on('changed', (id) => this.emit('conversations', id));
    presence.on('changed', (id) => this.emit('presence', id));
    presence.on('typing', (id) => this.emit('typing', id));
    tabs.on('lead', () => this.#lead());
    tabs.on('follow', () => this.#follow());
    tabs.on('told', (message) => this.#heard(message));
  }

  async #lead() {
    const { outbox, connection } = this.parts;
    await outbox.load();
    if (!this.leads) return;
    this.#credentials.keepAlive(this.rest);
    connection.start();
  }

  #follow() {
    this.#credentials.letExpire();
    this.parts.connection.stop();
    this.#become({ name: 'connecting' });
  }

  /** @param {State} state */
  async #connectionState(state) {
    const { reentry, tabs } = this.parts;
    if (state.name === 'refused' || state.name === 'unauthorized') {
      const next = await reentry.after(state.name).catch(() => state.name);
      if (next === 'comes-back' || !this.#running) return;
      if (next === 'unauthorized') this.#share({ end: 'unauthorized' });
    }
    if (tabs.leads) this.#share({ state, maxContentLength: this.maxContentLength });
  }

  /** The server refused the token of a REST call; on the leader's connection that is handled by the close. @param {string} token */
  async #refused(token) {
    if (!this.#running || this.#state.name === 'unauthorized') return;
    if (await this.#credentials.replace(token).catch(() => false)) return;
    if (this.leads) this.parts.connection.restart();
  }

  /** @param {string} token */
  #renewed(token) {
    this.emit('token', token);
    if (!this.#running) return;
    const { connection, tabs } = this.parts;
    tabs.tell({ token });
    if (!connection.send({ action: 'authenticate', token }) && connection.state.name === 'unauthorized') connection.start();
  }

  /** Over whichever tab has the connection; false when none has. @param {Frame} frame */
  #send(frame) {
    const { connection, tabs } = this.parts;
    if (tabs.leads) return connection.send(frame);
    if (this.#state.name !== 'online') return false;
    tabs.tell({ send: frame });
    return true;
  }

  /** Happens in all tabs. @param {Frame} news */
  #share(news) {
    this.parts.tabs.tell(news);
    this.#told(news);
  }

  /** One that has lost the lead may not know it yet, and tell how its own connection ended. @param {Frame} news from another tab */
  #heard({ state, ...news }) {
    this.#told(this.leads ? news : { ...news, state });
  }

  /** @param {Frame} news from this tab or another */
  #told(news) {
    if (!this.#running) return;
    if (news.stored) this.#stored(news.stored);
    if (news.hint) this.#hint(news.hint);
    if (news.state) this.#become(news.state);
    if (news.maxContentLength) this.maxContentLength = news.maxContentLength;
    if (news.caughtUp) this.#caughtUp();
    if (news.outbox) this.outbox.hear(news.outbox);
    if (news.readHere) this.conversations.readByMe(news.readHere.conversationId, news.readHere.sequence);
    if (news.token) this.setToken(news.token);
    if (news.end) this.emit('end', news.end);
    if (news.signedOut) this.#signedOut();
    if (this.leads) this.#asked(news);
  }

  /** What other tabs want of the one with the connection. @param {Frame} news */
  #asked({ newcomer, send, connectNow }) {
    if (newcomer) this.parts.tabs.tell({ state: this.#state, maxContentLength: this.maxContentLength });
    if (send) this.#send(send);
    if (connectNow) this.#connectNow();
  }

  #signedOut() {
    this.stop();
    this.emit('end', 'signed-out');
  }

  /** What stands in a conversation is not on its way any more. @param {Message[]} messages */
  #stored(messages) {
    for (const message of messages) this.outbox.confirm(message);
    this.presence.peerStopped(messages[0].conversation_id);
    this.conversations.stored(messages);
    for (const message of messages) this.emit('message', message);
  }

  /** @param {Frame} frame */
  #hint(frame) {
    if (frame.event === 'delivered') this.conversations.delivered(frame);
    if (frame.event === 'read') this.conversations.read(frame);
    if (frame.event === 'presence') this.presence.update(frame);
    if (frame.event === 'typing') this.presence.peerTypes(frame.conversation_id);
  }

  /** @param {State} state */
  #become(state) {
    const before = this.#state.name;
    this.#state = state;
    if (state.name === 'online' && before !== 'online') this.#online();
    else if (state.name !== 'online') this.#parts?.presence.end();
    this.emit('state', state);
  }

  #online() {
    this.presence.begin();
    this.parts.receipts.flush();
    this.conversations.load().then(
      () => this.#reachHeads(),
      () => {},
    );
  }

  #caughtUp() {
    this.#reachHeads();
    this.emit('caughtUp');
  }

  /** What is held must reach the heads that the server has told; what does not is asked for. */
  async #reachHeads() {
    const { conversations, inbox, store } = this.parts;
    if (!this.leads || !conversations.loaded) return;
    for (const { conversation_id: id, high } of await store.ranges()) {
      const head = conversations.get(id)?.last_sequence ?? 0;
      if (head > high) await inbox.reach(id, head);
    }
  }
}

/** @param {string} name @returns {Promise<Storage>} */
async function defaultStorage(name) {
  return 'indexedDB' in globalThis ? IndexedDbStorage.open(name) : new MemoryStorage();
}
