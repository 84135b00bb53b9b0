import { Events } from './events.js';
/** @import { Rest } from './rest.js' */
/** @import { Frame } from './types.js' */

const MOST_AT_ONCE = 200;
const GATHER_MS = 50;
const TYPING_SHOWN_MS = 5_000;
const TYPING_EVERY_MS = 3_000;

/**
 * Who is online and who is typing. Known are those who were watched since the connection began.
 *
 * @extends {Events<{ changed: string, typing: string }>}
 */
export class Presence extends Events {
  #rest;
  /** @type {Map<string, { online: boolean, lastSeenAt: string | null }>} */
  #states = new Map();
  /** @type {Set<string>} */
  #watched = new Set();
  /** @type {Set<string>} */
  #wanted = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #gathering;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #typing = new Map();
  /** @type {Map<string, number>} */
  #toldAt = new Map();

  online = false;

  /** @param {Rest} rest */
  constructor(rest) {
    super();
    this.#rest = rest;
  }

  /** The state of these people is wanted, once for each connection; from then on the server tells changes. @param {string[]} userIds */
  watch(userIds) {
    for (const userId of userIds) {
      if (!this.#watched.has(userId)) this.#wanted.add(userId);
      this.#watched.add(userId);
    }
    if (this.online && this.#wanted.size) this.#gathering ??= setTimeout(() => this.#load(), GATHER_MS);
  }

  /** A new connection: what is known of others is asked anew. */
  begin() {
    this.online = true;
    this.#wanted = new Set([...this.#watched].slice(-MOST_AT_ONCE));
    this.#watched = new Set(this.#wanted);
    if (this.#wanted.size) this.#gathering ??= setTimeout(() => this.#load(), GATHER_MS);
  }

  /** While there is no connection nothing is known of others. */
  end() {
    this.online = false;
    const known = [...this.#states.keys()];
    this.#states.clear();
    known.forEach((userId) => this.emit('changed', userId));
  }

  async #load() {
    this.#gathering = undefined;
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    try {
      for (let at = 0; at < wanted.length; at += MOST_AT_ONCE) {
        const userIds = wanted.slice(at, at + MOST_AT_ONCE).join(',');
        const { items } = await this.#rest.get('users/presence', { user_ids: userIds });
        if (this.online) items.forEach((/** @type {Frame} */ item) => this.update(item));
      }
    } catch {
      wanted.forEach((userId) => this.#watched.delete(userId));
    }
  }

  /** @param {Frame} frame */
  update({ user_id: userId, online, last_seen_at: lastSeenAt }) {
    this.#states.set(userId, { online, lastSeenAt });
    this.emit('changed', userId);
  }

  /** Undefined while nothing is known. @param {string} userId */
  of(userId) {
    return this.#states.get(userId);
  }

  /** @param {string} conversationId */
  peerTypes(conversationId) {
    clearTimeout(this.#typing.get(conversationId));
    this.#typing.set(conversationId, setTimeout(() => this.peerStopped(conversationId), TYPING_SHOWN_MS));
    this.emit('typing', conversationId);
  }

  /** @param {string} conversationId */
  peerStopped(conversationId) {
    if (!this.#typing.has(conversationId)) return;
    clearTimeout(this.#typing.get(conversationId));
    this.#typing.delete(conversationId);
    this.emit('typing', conversationId);
  }

  /** @param {string} conversationId */
  isTyping(conversationId) {
    return this.#typing.has(conversationId);
  }

  /** True when it is time to tell the peer again that this person types. @param {string} conversationId */
  mayTell(conversationId) {
    if (Date.now() - (this.#toldAt.get(conversationId) ?? 0) < TYPING_EVERY_MS) return false;
    this.#toldAt.set(conversationId, Date.now());
    return true;
  }
}
