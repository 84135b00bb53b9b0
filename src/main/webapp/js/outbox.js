import { Events } from './events.js';
import { randomUuid } from './uuid.js';

const ANSWER_DEADLINE_MS = 20_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * What the person wrote and the server has not confirmed. Every entry is in IndexedDB before it is shown, and is sent
 * with the same `client_message_id` until `sent` comes, over reconnects and reloads. One message of a conversation is
 * under way at a time, so a retry cannot overtake.
 *
 * An entry: `client_message_id`, `conversation_id`, `content`, `written_at`, `position`, `failure` (text, when the server
 * refused it for good).
 *
 * Events: `changed` (conversation id).
 */
export class Outbox extends Events {
  #store;
  #connection;
  #entries = new Map();
  #underWay = new Map();
  #retries = new Map();
  #position = 0;

  constructor(store, connection) {
    super();
    this.#store = store;
    this.#connection = connection;
    connection.on('disconnected', () => this.#forgetUnderWay());
  }

  /** Another tab may have written meanwhile, so this is done on every `connected`. */
  async load() {
    for (const entry of await this.#store.outgoing()) {
      if (this.#entries.has(entry.client_message_id)) continue;
      this.#entries.set(entry.client_message_id, entry);
      this.emit('changed', entry.conversation_id);
    }
  }

  async write(conversationId, content) {
    const entry = {
      client_message_id: randomUuid(),
      conversation_id: conversationId,
      content,
      written_at: Date.now(),
      position: this.#position++,
    };
    await this.#store.putOutgoing(entry);
    this.#entries.set(entry.client_message_id, entry);
    this.emit('changed', conversationId);
    this.#sendNext(conversationId);
  }

  of(conversationId) {
    return [...this.#entries.values()].filter((entry) => entry.conversation_id === conversationId);
  }

  get(clientMessageId) {
    return this.#entries.get(clientMessageId);
  }

  get size() {
    return this.#entries.size;
  }

  sendAll() {
    for (const id of new Set([...this.#entries.values()].map((entry) => entry.conversation_id))) this.#sendNext(id);
  }

  /** The message stands in the conversation now, and the store has dropped it from its outbox. */
  confirmed(clientMessageId) {
    const entry = this.#entries.get(clientMessageId);
    if (!entry) return;
    this.#entries.delete(clientMessageId);
    this.#retries.delete(clientMessageId);
    this.#settle(entry);
    this.emit('changed', entry.conversation_id);
  }

  /** `sent` came, the message is being stored: the next one may go. */
  answered(clientMessageId) {
    const entry = this.#entries.get(clientMessageId);
    if (!entry) return;
    entry.answered = true;
    this.#settle(entry);
  }

  async refused({ client_message_id: id, retryable, retry_after: retryAfter, message }) {
    const entry = this.#entries.get(id);
    if (!entry || this.#underWay.get(entry.conversation_id)?.id !== id) return;
    if (retryable) return this.#retryLater(entry, retryAfter);
    entry.failure = message;
    await this.#store.putOutgoing(entry);
    this.#settle(entry);
    this.emit('changed', entry.conversation_id);
  }

  async retry(clientMessageId) {
    const entry = this.#entries.get(clientMessageId);
    if (!entry) return;
    delete entry.failure;
    await this.#store.putOutgoing(entry);
    this.emit('changed', entry.conversation_id);
    this.#sendNext(entry.conversation_id);
  }

  async discard(clientMessageId) {
    const entry = this.#entries.get(clientMessageId);
    if (!entry) return;
    await this.#store.deleteOutgoing(clientMessageId);
    this.#entries.delete(clientMessageId);
    this.emit('changed', entry.conversation_id);
  }

  #sendNext(conversationId) {
    if (this.#underWay.has(conversationId)) return;
    const entry = this.of(conversationId).find(({ failure, answered }) => !failure && !answered);
    if (!entry) return;
    const sent = this.#connection.send({
      action: 'send_message',
      conversation_id: conversationId,
      client_message_id: entry.client_message_id,
      content: entry.content,
    });
    if (!sent) return;
    const timer = setTimeout(() => this.#connection.restart(), ANSWER_DEADLINE_MS);
    this.#underWay.set(conversationId, { id: entry.client_message_id, timer });
  }

  #retryLater(entry, retryAfterSeconds) {
    const { conversation_id: conversationId, client_message_id: id } = entry;
    clearTimeout(this.#underWay.get(conversationId).timer);
    const times = (this.#retries.get(id) ?? 0) + 1;
    this.#retries.set(id, times);
    const backOff = Math.min(LONGEST_RETRY_MS, 500 * 2 ** Math.min(times, 10));
    const delay = Math.max((retryAfterSeconds ?? 0) * 1000, backOff) * (1 + Math.random() / 2);
    const timer = setTimeout(() => {
      this.#underWay.delete(conversationId);
      this.#sendNext(conversationId);
    }, delay);
    this.#underWay.set(conversationId, { id, timer });
  }

  #settle(entry) {
    const current = this.#underWay.get(entry.conversation_id);
    if (current?.id === entry.client_message_id) {
      clearTimeout(current.timer);
      this.#underWay.delete(entry.conversation_id);
    }
    this.#sendNext(entry.conversation_id);
  }

  #forgetUnderWay() {
    for (const { timer } of this.#underWay.values()) clearTimeout(timer);
    this.#underWay.clear();
    for (const entry of this.#entries.values()) delete entry.answered;
  }
}
