import { Events } from './events.js';
/** @import { Rest } from './rest.js' */
/** @import { Store, StoreChange } from './store.js' */
/** @import { Message } from './types.js' */

/**
 * The messages of a conversation as a reader wants them, from this device where it holds them, else from the server. Pages
 * that touch what is held become part of it; others are only handed out.
 *
 * Events: `fetched` (messages of one conversation, ascending, that came from the server), `held` (the same, from this device).
 *
 * @extends {Events<{ fetched: Message[], held: Message[] }>}
 */
export class History extends Events {
  #store;
  #rest;

  /** @param {Store} store @param {Rest} rest */
  constructor(store, rest) {
    super();
    this.#store = store;
    this.#rest = rest;
  }

  /**
   * Up to `limit` messages below `sequence` (the newest, without it), ascending; fewer than `limit` do not mean that there are no
   * more before them, an empty answer does.
   *
   * @param {string} id of the conversation @param {number} [sequence] @param {number} [limit] @returns {Promise<Message[]>}
   */
  async before(id, sequence, limit = 50) {
    if (sequence !== undefined && sequence <= 1) return [];
    const range = await this.#store.range(id);
    const end = sequence ?? (range ? range.high + 1 : 1);
    if (range && end > range.low && end <= range.high + 1) {
      return this.#held(id, Math.max(range.low, end - limit), end - 1);
    }
    const { items } = await this.#rest.get(`conversations/${id}/messages`, { before_sequence: sequence, limit });
    return this.#keep(id, items.toReversed(), sequence === undefined);
  }

  /**
   * Up to `limit` messages above `sequence`, ascending; an empty answer means that there are no more.
   *
   * @param {string} id of the conversation @param {number} sequence @param {number} [limit] @returns {Promise<Message[]>}
   */
  async after(id, sequence, limit = 50) {
    const range = await this.#store.range(id);
    if (range && sequence >= range.low - 1) return this.#held(id, sequence + 1, Math.min(range.high, sequence + limit));
    const { items } = await this.#rest.get(`conversations/${id}/messages`, { after_sequence: sequence, limit });
    return this.#keep(id, items);
  }

  /** @param {string} id @param {number} from @param {number} to */
  async #held(id, from, to) {
    const messages = await this.#store.messages(id, from, to);
    this.emit('held', messages);
    return messages;
  }

  /** @param {string} id @param {Message[]} page ascending @param {boolean} [newest] whether it ends with the newest message */
  async #keep(id, page, newest = false) {
    await this.#store.change((change) => join(change, id, page, newest));
    if (page.length) this.emit('fetched', page);
    return page;
  }
}

/**
 * What is held grows downwards only: what is new above it comes in by the inbox, which tells everybody. Only a conversation of
 * which nothing is held begins with a page, the newest.
 *
 * @param {StoreChange} change @param {string} id @param {Message[]} page @param {boolean} newest
 */
async function join(change, id, page, newest) {
  const held = await change.range(id);
  if (!held && !newest) return;
  const low = page[0]?.sequence_number ?? 1;
  const high = page.at(-1)?.sequence_number ?? 0;
  if (held && (low > held.low || high < held.low - 1)) return;
  for (const message of page) if (!held || message.sequence_number <= held.high) change.putMessage(message);
  change.putRange({ conversation_id: id, low, high: held?.high ?? high });
}
