import { Events } from './events.js';

/**
 * The messages of a conversation as a reader wants them: newest first from this browser, older ones from the server.
 *
 * Events: `fetched` (messages of one conversation, ascending, that came from the server).
 */

const PAGE = 50;

export class History extends Events {
  #store;
  #rest;

  constructor(store, rest) {
    super();
    this.#store = store;
    this.#rest = rest;
  }

  /** The newest page, ascending; at least from `from` on when that is given and held. */
  async newest(conversationId, from = Infinity) {
    if (!this.#store.range(conversationId)) await this.#fetchOlder(conversationId);
    const { low, high } = this.#store.range(conversationId);
    return this.#store.messages(conversationId, Math.max(low, Math.min(from, high - PAGE + 1)), high);
  }

  /** The page before `before`, ascending; empty at the beginning of the conversation. */
  async older(conversationId, before) {
    if (before <= 1) return [];
    const held = this.#store.range(conversationId);
    if (held.low >= before) await this.#fetchOlder(conversationId);
    const { low } = this.#store.range(conversationId);
    return this.#store.messages(conversationId, Math.max(low, before - PAGE), before - 1);
  }

  async #fetchOlder(conversationId) {
    const { items } = await this.#rest.get(`conversations/${conversationId}/messages`, {
      before_sequence: this.#store.range(conversationId)?.low,
      limit: PAGE,
    });
    await this.#store.exclusively(() => this.#extend(conversationId, items));
  }

  /** Joins a page (newest first) to what is held, which may have grown or begun meanwhile. */
  async #extend(conversationId, items) {
    const held = this.#store.range(conversationId);
    const from = items.at(-1)?.sequence_number ?? 1;
    const to = items[0]?.sequence_number ?? (held?.low ?? 1) - 1;
    if (held && to < held.low - 1) return;
    const low = Math.min(from, held?.low ?? from);
    const high = Math.max(to, held?.high ?? 0);
    const mine = items.map((message) => message.client_message_id).filter(Boolean);
    await this.#store.save(items, [{ conversation_id: conversationId, low, high }], mine);
    if (items.length) this.emit('fetched', items.toReversed());
  }
}
