import { Events } from './events.js';

const MOST_AT_ONCE = 200;
const TYPING_SHOWN_MS = 5_000;
const TYPING_EVERY_MS = 3_000;

/** Who is online and who is typing. Events: `changed` (user id), `typing` (conversation id). */
export class Presence extends Events {
  #rest;
  #states = new Map();
  #typing = new Map();
  #toldAt = new Map();

  constructor(rest) {
    super();
    this.#rest = rest;
  }

  async load(userIds) {
    for (let at = 0; at < userIds.length; at += MOST_AT_ONCE) {
      const { items } = await this.#rest.get('users/presence', {
        user_ids: userIds.slice(at, at + MOST_AT_ONCE).join(','),
      });
      items.forEach((item) => this.update(item));
    }
  }

  update({ user_id: userId, online, last_seen_at: lastSeenAt }) {
    this.#states.set(userId, { online, lastSeenAt });
    this.emit('changed', userId);
  }

  /** `{ online, lastSeenAt }`, or undefined while nothing is known. */
  of(userId) {
    return this.#states.get(userId);
  }

  /** While disconnected nothing is known of others. */
  forget() {
    const known = [...this.#states.keys()];
    this.#states.clear();
    known.forEach((userId) => this.emit('changed', userId));
  }

  peerTypes(conversationId) {
    clearTimeout(this.#typing.get(conversationId));
    this.#typing.set(conversationId, setTimeout(() => this.peerStopped(conversationId), TYPING_SHOWN_MS));
    this.emit('typing', conversationId);
  }

  peerStopped(conversationId) {
    if (!this.#typing.has(conversationId)) return;
    clearTimeout(this.#typing.get(conversationId));
    this.#typing.delete(conversationId);
    this.emit('typing', conversationId);
  }

  isTyping(conversationId) {
    return this.#typing.has(conversationId);
  }

  /** True when it is time to tell the peer again that this person types. */
  mayTell(conversationId) {
    if (Date.now() - (this.#toldAt.get(conversationId) ?? 0) < TYPING_EVERY_MS) return false;
    this.#toldAt.set(conversationId, Date.now());
    return true;
  }
}
