import { Events } from './events.js';
import { randomUuid } from './uuid.js';
/** @import { Connection } from './connection.js' */
/** @import { Store } from './store.js' */
/** @import { Frame, Message, Outgoing } from './types.js' */

const ANSWER_DEADLINE_MS = 20_000;
const LONGEST_RETRY_MS = 30_000;

/** A message that the server refused for good. */
export class Refused extends Error {
  /** @param {string} code of the contract @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = 'Refused';
    this.code = code;
  }
}

/**
 * @typedef {{ put: Outgoing } | { removed: Outgoing, message?: Message }} OutboxChange
 */

/**
 * What the person wrote and the server has not confirmed. Every entry is in the storage before it counts, and is sent with
 * the same `client_message_id` until `sent` comes, over reconnects, reloads and nodes. One message of a conversation is under way
 * at a time, so a retry cannot overtake. Every tab holds the same entries; only the one with the connection sends.
 *
 * Events: `changed` (conversation id), `told` (what the other tabs must know).
 *
 * @extends {Events<{ changed: string, told: OutboxChange }>}
 */
export class Outbox extends Events {
  #store;
  #connection;
  /** @type {Map<string, Outgoing>} */
  #entries = new Map();
  /** @type {Set<string>} */
  #answered = new Set();
  /** @type {Map<string, { id: string, timer: ReturnType<typeof setTimeout> }>} */
  #underWay = new Map();
  /** @type {Map<string, number>} */
  #retries = new Map();
  /** @type {Map<string, { resolve: (message: Message) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  /** @type {Set<Set<string>>} for each reading of the storage that is under way, what has left the outbox meanwhile */
  #readings = new Set();
  #position = 0;

  /** @param {Store} store @param {Connection} connection */
  constructor(store, connection) {
    super();
    this.#store = store;
    this.#connection = connection;
    connection.on('disconnected', () => this.#forgetUnderWay());
  }

  /** What stands in the storage, also from another tab. */
  async load() {
    /** @type {Set<string>} */
    const gone = new Set();
    this.#readings.add(gone);
    try {
      const entries = await this.#store.outgoing();
      const missing = entries.filter(({ client_message_id: id }) => !this.#entries.has(id) && !gone.has(id));
      const written = [...missing, ...this.#entries.values()];
      this.#entries = new Map(written.map((entry) => [entry.client_message_id, entry]));
      for (const id of new Set(missing.map((entry) => entry.conversation_id))) this.emit('changed', id);
    } finally {
      this.#readings.delete(gone);
    }
  }

  /**
   * Fulfilled when the message is kept here; from then on it goes out by itself.
   *
   * @param {string} conversationId @param {string} content
   */
  async write(conversationId, content) {
    const entry = {
      client_message_id: randomUuid(),
      conversation_id: conversationId,
      content,
      written_at: Date.now(),
      position: this.#position++,
    };
    await this.#keep(entry);
    return entry;
  }

  /** Fulfilled when the server has stored the message, which may take until it can be reached. @param {Outgoing} entry @returns {Promise<Message>} */
  stored({ client_message_id: id }) {
    const stored = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    stored.catch(() => {});
    return stored;
  }

  /** @param {string} conversationId */
  of(conversationId) {
    return [...this.#entries.values()].filter((entry) => entry.conversation_id === conversationId);
  }

  /** @param {string} clientMessageId */
  get(clientMessageId) {
    return this.#entries.get(clientMessageId);
  }

  get size() {
    return this.#entries.size;
  }

  sendAll() {
    for (const id of new Set([...this.#entries.values()].map((entry) => entry.conversation_id))) this.#sendNext(id);
  }

  /** The message stands in its conversation, and the storage has dropped it from the outbox: all tabs must know. @param {Message} message */
  confirmed(message) {
    const entry = this.confirm(message);
    if (entry) this.emit('told', { removed: entry, message });
  }

  /** The same where the other tabs know it already. @param {Message} message @returns {Outgoing | undefined} what was on its way */
  confirm(message) {
    const id = message.client_message_id ?? '';
    const entry = this.#entries.get(id);
    if (entry) this.#remove(entry, message);
    else this.#left(id);
    return entry;
  }

  /** `sent` came, the message is being stored: the next one may go. @param {Outgoing} entry */
  answered(entry) {
    this.#answered.add(entry.client_message_id);
    this.#settle(entry);
  }

  /** @param {Frame} error */
  async refused({ client_message_id: id, code, retryable, retry_after: retryAfter, message }) {
    const entry = this.#entries.get(id);
    if (!entry || this.#underWay.get(entry.conversation_id)?.id !== id) return;
    if (retryable) return this.#retryLater(entry, retryAfter ?? 0);
    this.#waiting.get(id)?.reject(new Refused(code, message));
    await this.#keep({ ...entry, failure: { code, message } });
    this.#settle(entry);
  }

  /** Sends a failed message once more. @param {string} clientMessageId */
  async retry(clientMessageId) {
    const entry = this.#entries.get(clientMessageId);
    if (!entry) return;
    const { failure: _, ...again } = entry;
    await this.#keep(again);
  }

  /** @param {string} clientMessageId */
  async discard(clientMessageId) {
    const entry = this.#entries.get(clientMessageId);
    if (!entry) return;
    await this.#store.deleteOutgoing(clientMessageId);
    this.#remove(entry);
    this.emit('told', { removed: entry });
  }

  /** Another tab changed something. @param {OutboxChange} change */
  hear(change) {
    if ('put' in change) this.#set(change.put);
    else this.#remove(change.removed, change.message);
    if ('put' in change) this.#sendNext(change.put.conversation_id);
  }

  /** @param {Outgoing} entry */
  async #keep(entry) {
    await this.#store.putOutgoing(entry);
    this.hear({ put: entry });
    this.emit('told', { put: entry });
  }

  /** @param {Outgoing} entry */
  #set(entry) {
    this.#entries.set(entry.client_message_id, entry);
    this.emit('changed', entry.conversation_id);
  }

  /** @param {Outgoing} entry @param {Message} [message] */
  #remove(entry, message) {
    const id = entry.client_message_id;
    this.#left(id);
    if (!this.#entries.delete(id)) return;
    this.#retries.delete(id);
    if (message) this.#waiting.get(id)?.resolve(message);
    else this.#waiting.get(id)?.reject(new Refused('discarded', 'The message was discarded.'));
    this.#waiting.delete(id);
    this.emit('changed', entry.conversation_id);
    this.#settle(entry);
    this.#answered.delete(id);
  }

  /** @param {string} clientMessageId */
  #left(clientMessageId) {
    for (const gone of this.#readings) gone.add(clientMessageId);
  }

  /** @param {string} conversationId */
  #sendNext(conversationId) {
    if (this.#underWay.has(conversationId)) return;
    const entry = this.of(conversationId).find(
      ({ failure, client_message_id: id }) => !failure && !this.#answered.has(id),
    );
    if (!entry) return;
    const { client_message_id, content } = entry;
    const frame = { action: 'send_message', conversation_id: conversationId, client_message_id, content };
    if (!this.#connection.send(frame)) return;
    const timer = setTimeout(() => this.#connection.restart(), ANSWER_DEADLINE_MS);
    this.#underWay.set(conversationId, { id: client_message_id, timer });
  }

  /** @param {Outgoing} entry @param {number} retryAfterSeconds */
  #retryLater({ conversation_id: conversationId, client_message_id: id }, retryAfterSeconds) {
    clearTimeout(this.#underWay.get(conversationId)?.timer);
    const times = (this.#retries.get(id) ?? 0) + 1;
    this.#retries.set(id, times);
    const backOff = Math.min(LONGEST_RETRY_MS, 500 * 2 ** Math.min(times, 10));
    const delay = Math.max(retryAfterSeconds * 1000, backOff) * (1 + Math.random() / 2);
    const timer = setTimeout(() => {
      this.#underWay.delete(conversationId);
      this.#sendNext(conversationId);
    }, delay);
    this.#underWay.set(conversationId, { id, timer });
  }

  /** @param {Outgoing} entry */
  #settle({ conversation_id: conversationId, client_message_id: id }) {
    const current = this.#underWay.get(conversationId);
    if (current?.id === id) {
      clearTimeout(current.timer);
      this.#underWay.delete(conversationId);
    }
    this.#sendNext(conversationId);
  }

  #forgetUnderWay() {
    for (const { timer } of this.#underWay.values()) clearTimeout(timer);
    this.#underWay.clear();
    this.#answered.clear();
  }
}
