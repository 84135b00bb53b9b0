/** @import { Credentials } from './credentials.js' */
/** @import { Parts } from './parts.js' */
/** @import { Frame, Message } from './types.js' */

/** Which frame goes where, in the tab that has the connection. What all tabs must know is given to `share`. */
export class Incoming {
  #parts;
  #credentials;
  #share;

  /** @param {Parts} parts @param {Credentials} credentials @param {(news: Frame) => void} share */
  constructor(parts, credentials, share) {
    const { connection, history, inbox, outbox } = (this.#parts = parts);
    this.#credentials = credentials;
    this.#share = share;
    connection.on('frame', (frame) => this.#frame(frame));
    inbox.on('stored', (messages) => share({ stored: messages }));
    inbox.on('confirmed', (message) => outbox.confirmed(message));
    inbox.on('caught-up', () => share({ caughtUp: true }));
    history.on('fetched', (messages) => this.#fetched(messages));
    history.on('held', (messages) => messages.forEach((message) => outbox.confirm(message)));
  }

  /** @param {Frame} frame */
  #frame(frame) {
    const { inbox, outbox, reentry } = this.#parts;
    switch (frame.event) {
      case 'connected':
        return this.#connected(frame);
      case 'caught_up':
        return inbox.caughtUp();
      case 'new_message':
        return this.#received(frame);
      case 'sent':
        return this.#sent(frame);
      case 'synced':
        return inbox.synced(frame);
      case 'error':
        reentry.heard(frame);
        return outbox.refused(frame);
      default:
        return this.#share({ hint: frame });
    }
  }

  /** @param {Frame} frame */
  #connected({ server_time: serverTime, max_content_length: maxContentLength }) {
    this.#credentials.serverAheadMs = Date.parse(serverTime) - Date.now();
    this.#share({ maxContentLength });
    this.#parts.outbox.sendAll();
  }

  /** @param {Frame} frame */
  #received({ event: _, ...message }) {
    this.#parts.inbox.receive(/** @type {Message} */ (message));
  }

  /** @param {Frame} frame */
  #sent({ client_message_id, message_id, conversation_id, sequence_number, timestamp }) {
    const { inbox, me, outbox } = this.#parts;
    const entry = outbox.get(client_message_id);
    if (!entry) return;
    outbox.answered(entry);
    const { content } = entry;
    const message = { message_id, conversation_id, sender_id: me.user_id, content, sequence_number, timestamp, client_message_id };
    inbox.receive(message, false);
  }

  /** A page of history may overtake the frame that announces its newest message. @param {Message[]} messages */
  #fetched(messages) {
    const { conversations, outbox } = this.#parts;
    const head = conversations.get(messages[0].conversation_id)?.last_sequence ?? Infinity;
    const news = messages.filter(({ sequence_number: sequence }) => sequence > head);
    if (news.length) conversations.stored(news);
    for (const message of messages) if (message.client_message_id) outbox.confirmed(message);
  }
}
