import { Events } from './events.js';
/** @import { Connection } from './connection.js' */
/** @import { Store, StoreChange } from './store.js' */
/** @import { Frame, Message, Range } from './types.js' */

const GAP_PATIENCE_MS = 150;
const WIDEST_GAP = 1000;
const SYNC_LIMIT = 500;

/**
 * @typedef {object} Arrival
 * @property {Message} [message]
 * @property {boolean} [acknowledge]
 * @property {{ conversationId: string, from: number, hasMore: boolean }} [synced]
 * @property {boolean} [caughtUp]
 *
 * @typedef {object} Part what one batch does to one conversation
 * @property {string} conversationId
 * @property {Range | null} range
 * @property {Message[]} fresh appended to the range, ascending
 * @property {Message[]} confirmed one's own that are stored now
 * @property {number} acknowledge highest sequence to acknowledge, 0 for none
 */

/**
 * Takes messages in: every (conversation, sequence) once, without a gap, persisted before it is acknowledged. Used by the one tab that
 * holds the connection.
 *
 * Whatever arrived while the last transaction ran is stored in the next one. A message beyond a gap is parked until the
 * missing ones have come, by themselves or by `sync`.
 *
 * Events: `stored` (messages of one conversation, ascending, that were new here), `confirmed` (a message of one's own that is
 * stored now), `caught-up` (all that was pending is stored), `failed` (this device cannot store).
 *
 * @extends {Events<{ stored: Message[], confirmed: Message, 'caught-up': undefined, failed: unknown }>}
 */
export class Inbox extends Events {
  #store;
  #connection;
  /** @type {Arrival[]} */
  #arrived = [];
  /** @type {Map<string, Map<number, Message>>} */
  #parked = new Map();
  /** @type {Map<string, number>} */
  #syncing = new Map();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();
  #busy = false;
  #caughtUp = false;

  /** @param {Store} store @param {Connection} connection */
  constructor(store, connection) {
    super();
    this.#store = store;
    this.#connection = connection;
    connection.on('disconnected', () => this.#disconnected());
  }

  /**
   * @param {Message} message
   * @param {boolean} [acknowledge] false for a message that this device wrote itself: it was never in this device's inbox
   */
  receive(message, acknowledge = true) {
    this.#arrived.push({ message, acknowledge });
    this.#drain();
  }

  /** True once everything that was pending when this connection began is stored. */
  get hasCaughtUp() {
    return this.#caughtUp;
  }

  /** Takes its turn behind the messages that came before it. */
  caughtUp() {
    this.#arrived.push({ caughtUp: true });
    this.#drain();
  }

  /** The server's head of a conversation is known: what is missing up to it is asked for. @param {string} id @param {number} head */
  async reach(id, head) {
    if (!this.#caughtUp) return;
    const range = await this.#store.range(id);
    if (range && range.high < head) await this.#sync(id);
  }

  /** @param {Frame} frame */
  synced({ conversation_id: conversationId, has_more: hasMore }) {
    const from = this.#syncing.get(conversationId) ?? 0;
    this.#syncing.delete(conversationId);
    this.#arrived.push({ synced: { conversationId, from, hasMore } });
    this.#drain();
  }

  async #drain() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#arrived.length) await this.#storeBatch(this.#arrived.splice(0));
    } catch (error) {
      this.emit('failed', error);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {Arrival[]} arrivals */
  async #storeBatch(arrivals) {
    const messages = arrivals.filter(({ message }) => message);
    const parts = messages.length ? await this.#store.change((change) => this.#place(change, messages)) : [];
    for (const part of parts) this.#stored(part);
    for (const arrival of arrivals) {
      if (arrival.synced) await this.#afterSync(arrival.synced);
      if (arrival.caughtUp) this.#nowCaughtUp();
    }
  }

  /** @param {StoreChange} change @param {Arrival[]} arrivals @returns {Promise<Part[]>} */
  async #place(change, arrivals) {
    /** @type {Map<string, Part>} */
    const parts = new Map();
    for (const { message, acknowledge } of arrivals) {
      if (!message) continue;
      const id = message.conversation_id;
      const part = parts.get(id) ?? emptyPart(id, (await change.range(id)) ?? null);
      parts.set(id, part);
      if (this.#put(change, part, message) && acknowledge) {
        part.acknowledge = Math.max(part.acknowledge, message.sequence_number);
      }
    }
    for (const { range, fresh } of parts.values()) if (range && fresh.length) change.putRange(range);
    return [...parts.values()];
  }

  /** Puts the message where it belongs; false when it has to wait for others. @param {StoreChange} change @param {Part} part @param {Message} message */
  #put(change, part, message) {
    const sequence = message.sequence_number;
    if (part.range && sequence > part.range.high + 1) {
      if (sequence - part.range.high <= WIDEST_GAP) return this.#park(message);
      change.forget(part.conversationId);
      Object.assign(part, { range: null, fresh: [] });
    }
    part.range ??= { conversation_id: part.conversationId, low: sequence, high: sequence - 1 };
    if (sequence > part.range.high) this.#append(change, part, part.range, message);
    else if (sequence < part.range.low) change.putMessage(message);
    else change.confirm(message);
    if (message.client_message_id && sequence <= part.range.high && !part.confirmed.includes(message)) part.confirmed.push(message);
    return true;
  }

  /** @param {StoreChange} change @param {Part} part @param {Range} range @param {Message} message */
  #append(change, part, range, message) {
    const parked = this.#parked.get(part.conversationId);
    for (let next = /** @type {Message | undefined} */ (message); next; next = parked?.get(range.high + 1)) {
      change.putMessage(next);
      part.fresh.push(next);
      if (next.client_message_id) part.confirmed.push(next);
      range.high = next.sequence_number;
    }
    if (parked?.has(range.high)) part.acknowledge = Math.max(part.acknowledge, range.high);
  }

  /** @param {Message} message */
  #park(message) {
    const id = message.conversation_id;
    const parked = this.#parked.get(id) ?? new Map();
    this.#parked.set(id, parked.set(message.sequence_number, message));
    this.#awaitMissing(id);
    return false;
  }

  /** The transaction is durable: now, and only now, the server may forget. @param {Part} part */
  #stored({ conversationId: id, range, fresh, confirmed, acknowledge }) {
    const parked = this.#parked.get(id);
    for (const sequence of parked?.keys() ?? []) if (range && sequence <= range.high) parked?.delete(sequence);
    if (parked?.size === 0) this.#parked.delete(id);
    if (acknowledge) this.#connection.send({ action: 'ack', conversation_id: id, sequence_number: acknowledge });
    if (fresh.length) this.emit('stored', fresh);
    for (const message of confirmed) this.emit('confirmed', message);
  }

  #nowCaughtUp() {
    this.#caughtUp = true;
    for (const conversationId of this.#parked.keys()) this.#awaitMissing(conversationId);
    this.emit('caught-up');
  }

  /** @param {string} id */
  #awaitMissing(id) {
    if (!this.#caughtUp || this.#timers.has(id)) return;
    const look = () => {
      this.#timers.delete(id);
      if (this.#parked.has(id)) this.#sync(id).catch((error) => this.emit('failed', error));
    };
    this.#timers.set(id, setTimeout(look, GAP_PATIENCE_MS));
  }

  /** @param {string} id */
  async #sync(id) {
    const range = await this.#store.range(id);
    if (!range || this.#syncing.has(id)) return;
    const asked = { action: 'sync', conversation_id: id, after_sequence: range.high, limit: SYNC_LIMIT };
    if (this.#connection.send(asked)) this.#syncing.set(id, range.high);
  }

  /**
   * A sync that brought nothing and left a gap means that this store and the server disagree: start afresh from what is parked.
   *
   * @param {{ conversationId: string, from: number, hasMore: boolean }} synced
   */
  async #afterSync({ conversationId: id, from, hasMore }) {
    const high = (await this.#store.range(id))?.high ?? 0;
    if (hasMore && high > from) return this.#sync(id);
    const parked = this.#parked.get(id);
    if (!parked) return;
    if (high > from) return this.#awaitMissing(id);
    this.#parked.delete(id);
    await this.#store.change(async (change) => change.forget(id));
    const rest = [...parked.values()].sort((a, b) => a.sequence_number - b.sequence_number);
    this.#arrived.push(...rest.map((message) => ({ message, acknowledge: true })));
  }

  #disconnected() {
    this.#caughtUp = false;
    this.#syncing.clear();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** @param {string} conversationId @param {Range | null} range @returns {Part} */
function emptyPart(conversationId, range) {
  return { conversationId, range, fresh: [], confirmed: [], acknowledge: 0 };
}
