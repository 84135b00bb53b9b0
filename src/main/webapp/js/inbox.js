import { Events } from './events.js';

const GAP_PATIENCE_MS = 150;
const WIDEST_GAP = 1000;
const SYNC_LIMIT = 500;

/**
 * Takes messages in: every (conversation, sequence) once, without a gap, persisted before it is acknowledged.
 *
 * Whatever arrived while the last transaction ran is stored in the next one. A message beyond a gap is parked until the
 * missing ones have come, by themselves or by `sync`.
 *
 * Events: `stored` (messages of one conversation, ascending, that were new here), `confirmed` (client_message_id of a
 * message that is stored now), `caught-up` (all that was pending is stored), `failed` (this browser cannot store).
 */
export class Inbox extends Events {
  #store;
  #connection;
  #arrived = [];
  #parked = new Map();
  #syncing = new Map();
  #timers = new Map();
  #busy = false;
  #caughtUp = false;

  constructor(store, connection) {
    super();
    this.#store = store;
    this.#connection = connection;
    connection.on('disconnected', () => this.#disconnected());
  }

  /**
   * @param message as in `new_message`
   * @param acknowledge false for a message that this device wrote itself: it was never in this device's inbox
   */
  receive(message, acknowledge = true) {
    this.#arrived.push({ message, acknowledge });
    this.#drain();
  }

  /** True once everything that was pending when this connection began has arrived. */
  get hasCaughtUp() {
    return this.#caughtUp;
  }

  /** Takes its turn behind the messages that came before it. */
  caughtUp() {
    this.#arrived.push({ caughtUp: true });
    this.#drain();
  }

  /** The server's head of a conversation is known: anything that is missing up to it is asked for. */
  reach(conversationId, head) {
    const range = this.#store.range(conversationId);
    if (this.#caughtUp && range && range.high < head) this.#sync(conversationId);
  }

  synced({ conversation_id: conversationId, has_more: hasMore }) {
    const from = this.#syncing.get(conversationId);
    this.#syncing.delete(conversationId);
    this.#arrived.push({ synced: conversationId, from, hasMore });
    this.#drain();
  }

  async #drain() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#arrived.length) {
        const arrivals = this.#arrived.splice(0);
        await this.#store.exclusively(() => this.#storeBatch(arrivals));
      }
    } catch (error) {
      this.emit('failed', error);
    } finally {
      this.#busy = false;
    }
  }

  async #storeBatch(arrivals) {
    const batch = new Map();
    const acks = new Map();
    for (const arrival of arrivals) {
      if (!arrival.message) continue;
      const { message, acknowledge } = arrival;
      const placed = await this.#place(message, batch);
      if (placed && acknowledge) acks.set(message.conversation_id, message.sequence_number);
    }
    await this.#persist(batch);
    this.#acknowledge(batch, acks);
    for (const { fresh, confirmed } of batch.values()) {
      if (fresh.length) this.emit('stored', fresh);
      confirmed.forEach((clientMessageId) => this.emit('confirmed', clientMessageId));
    }
    for (const arrival of arrivals) {
      if (arrival.synced) await this.#afterSync(arrival);
      if (arrival.caughtUp) this.#nowCaughtUp();
    }
  }

  /** Puts the message where it belongs; false when it has to wait for others. */
  async #place(message, batch) {
    const { conversation_id: id, sequence_number: sequence } = message;
    const part = this.#part(batch, id, sequence);
    if (sequence > part.high + 1) {
      if (sequence - part.high <= WIDEST_GAP) return this.#park(message);
      await this.#store.forget(id);
      Object.assign(part, { low: sequence, high: sequence - 1, fresh: [] });
    }
    if (sequence < part.low) part.islands.push(message);
    if (sequence <= part.high) confirm(part, message);
    else this.#append(part, message);
    return true;
  }

  #part(batch, id, sequence) {
    if (!batch.has(id)) {
      const range = this.#store.range(id);
      batch.set(id, {
        conversation_id: id,
        low: range?.low ?? sequence,
        high: range?.high ?? sequence - 1,
        fresh: [],
        islands: [],
        confirmed: [],
      });
    }
    return batch.get(id);
  }

  #append(part, message) {
    const parked = this.#parked.get(part.conversation_id);
    let next = message;
    while (next) {
      part.fresh.push(next);
      part.high = next.sequence_number;
      confirm(part, next);
      parked?.delete(part.high);
      next = parked?.get(part.high + 1);
    }
    if (parked?.size === 0) this.#parked.delete(part.conversation_id);
  }

  #park(message) {
    const id = message.conversation_id;
    if (!this.#parked.has(id)) this.#parked.set(id, new Map());
    this.#parked.get(id).set(message.sequence_number, message);
    this.#awaitMissing(id);
    return false;
  }

  async #persist(batch) {
    const parts = [...batch.values()];
    const messages = parts.flatMap(({ fresh, islands }) => [...fresh, ...islands]);
    const confirmed = parts.flatMap((part) => part.confirmed);
    const ranges = parts
      .filter(({ high, low, fresh }) => fresh.length && high >= low)
      .map(({ conversation_id, low, high }) => ({ conversation_id, low, high }));
    if (messages.length || confirmed.length) await this.#store.save(messages, ranges, confirmed);
  }

  #acknowledge(batch, acks) {
    for (const [id, received] of acks) {
      const { low, high } = batch.get(id);
      const sequence = received < low ? received : high;
      this.#connection.send({ action: 'ack', conversation_id: id, sequence_number: sequence });
    }
  }

  #nowCaughtUp() {
    this.#caughtUp = true;
    for (const conversationId of this.#parked.keys()) this.#awaitMissing(conversationId);
    this.emit('caught-up');
  }

  #awaitMissing(id) {
    if (!this.#caughtUp || this.#timers.has(id)) return;
    this.#timers.set(
      id,
      setTimeout(() => {
        this.#timers.delete(id);
        if (this.#parked.has(id)) this.#sync(id);
      }, GAP_PATIENCE_MS),
    );
  }

  #sync(id) {
    const range = this.#store.range(id);
    if (!range || this.#syncing.has(id)) return;
    const asked = { action: 'sync', conversation_id: id, after_sequence: range.high, limit: SYNC_LIMIT };
    if (this.#connection.send(asked)) this.#syncing.set(id, range.high);
  }

  /** A sync that brought nothing and left a gap means that our store and the server disagree: start afresh from what is parked. */
  async #afterSync({ synced: id, from, hasMore }) {
    const high = this.#store.range(id)?.high ?? 0;
    if (hasMore && high > from) return this.#sync(id);
    const parked = this.#parked.get(id);
    if (!parked) return;
    if (high > from) return this.#awaitMissing(id);
    this.#parked.delete(id);
    await this.#store.forget(id);
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

function confirm(part, message) {
  if (message.client_message_id) part.confirmed.push(message.client_message_id);
}
