/** @import { Conversations } from './conversations.js' */

const DEBOUNCE_MS = 2_000;

/**
 * Tells the server what the person has read: at most every 2 s, and at once when the page is about to be hidden. What could not be
 * told is told when there is a connection again.
 */
export class Receipts {
  #conversations;
  #send;
  /** @type {Map<string, number>} */
  #marks = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Conversations} conversations
   * @param {(frame: object) => boolean} send false when there is no connection
   */
  constructor(conversations, send) {
    this.#conversations = conversations;
    this.#send = send;
    conversations.on('behind', ({ conversationId, sequence }) => this.#owe(conversationId, sequence));
  }

  start() {
    globalThis.addEventListener?.('pagehide', this.flush);
    globalThis.document?.addEventListener('visibilitychange', this.#hidden);
  }

  stop() {
    this.flush();
    globalThis.removeEventListener?.('pagehide', this.flush);
    globalThis.document?.removeEventListener('visibilitychange', this.#hidden);
  }

  /** The person has seen everything of the conversation up to `sequence`. @param {string} conversationId @param {number} sequence */
  read(conversationId, sequence) {
    const isKnown = this.#conversations.get(conversationId) !== undefined;
    if (!isKnown || this.#conversations.readByMe(conversationId, sequence)) this.#owe(conversationId, sequence);
  }

  flush = () => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [conversation_id, last_read_sequence] of this.#marks) {
      if (!this.#send({ action: 'read_receipt', conversation_id, last_read_sequence })) return;
      this.#marks.delete(conversation_id);
    }
  };

  #hidden = () => {
    if (document.visibilityState === 'hidden') this.flush();
  };

  /** @param {string} conversationId @param {number} sequence */
  #owe(conversationId, sequence) {
    this.#marks.set(conversationId, Math.max(sequence, this.#marks.get(conversationId) ?? 0));
    this.#timer ??= setTimeout(this.flush, DEBOUNCE_MS);
  }
}
