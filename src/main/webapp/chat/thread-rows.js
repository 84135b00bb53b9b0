import { MessageRow } from './message-row.js';
/** @import { Message } from '../client/types.js' */
/** @import { Texts } from './texts.js' */
/** @import { Times } from './times.js' */

/** The messages of a conversation that are in the document: a part of it without a gap, however long it is. */
export class ThreadRows {
  #list;
  #me;
  #texts;
  #times;
  /** @type {Map<number, MessageRow>} */
  #rows = new Map();
  #firstUnread = Infinity;

  first = Infinity;
  last = 0;

  /** @param {HTMLElement} list @param {string} me @param {Texts} texts @param {Times} times */
  constructor(list, me, texts, times) {
    this.#list = list;
    this.#me = me;
    this.#texts = texts;
    this.#times = times;
  }

  get size() {
    return this.#rows.size;
  }

  /** @param {number} sequence */
  get(sequence) {
    return this.#rows.get(sequence);
  }

  /** From the oldest to the newest. @returns {Generator<MessageRow>} */
  *[Symbol.iterator]() {
    for (let sequence = this.first; sequence <= this.last; sequence++) {
      const row = this.#rows.get(sequence);
      if (row) yield row;
    }
  }

  /** @param {Node | null} element @returns {MessageRow | undefined} the row that it is in */
  of(element) {
    const row = /** @type {HTMLElement | null} */ (element instanceof Element ? element.closest('[data-sequence]') : null);
    return row ? this.#rows.get(Number(row.dataset.sequence)) : undefined;
  }

  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.first = Infinity;
    this.last = 0;
    this.#firstUnread = Infinity;
  }

  /** Ascending; what is there already or lies within is passed over. @param {Message[]} messages */
  add(messages) {
    const before = messages.filter(({ sequence_number: sequence }) => sequence < this.first);
    const after = messages.filter(({ sequence_number: sequence }) => sequence > this.last);
    if (this.#rows.size) this.#insert(before, this.get(this.first)?.element ?? null);
    this.#insert(after, null);
  }

  /** @param {Message[]} messages @param {Node | null} reference */
  #insert(messages, reference) {
    if (!messages.length) return;
    const rows = messages.map((message) => this.#make(message));
    const fragment = document.createDocumentFragment();
    fragment.append(...rows.map((row) => row.element));
    this.first = Math.min(this.first, rows[0].sequence);
    this.last = Math.max(this.last, rows[rows.length - 1].sequence);
    this.#list.insertBefore(fragment, reference);
    rows.forEach((row) => row.place(this.#rows.get(row.sequence - 1)));
    const next = this.#rows.get(rows[rows.length - 1].sequence + 1);
    next?.place(rows[rows.length - 1]);
  }

  /** @param {Message} message */
  #make(message) {
    const row = MessageRow.of(message, this.#me, this.#texts, this.#times);
    this.#rows.set(row.sequence, row);
    if (row.sequence === this.#firstUnread) row.markFirstUnread(true);
    return row;
  }

  /** Removes the oldest or the newest. @param {'oldest' | 'newest'} which @param {number} keep */
  trim(which, keep) {
    for (let excess = this.#rows.size - keep; excess > 0; excess--) {
      const sequence = which === 'oldest' ? this.first : this.last;
      this.#rows.get(sequence)?.element.remove();
      this.#rows.delete(sequence);
      do {
        if (which === 'oldest') this.first++;
        else this.last--;
      } while (this.#rows.size && !this.#rows.has(which === 'oldest' ? this.first : this.last));
    }
    this.get(this.first)?.place(undefined);
  }

  /** Above which message the line "new messages" stands. @param {number} sequence Infinity for none */
  markUnreadFrom(sequence) {
    if (sequence === this.#firstUnread) return;
    const [before, now] = [this.get(this.#firstUnread), this.get(sequence)];
    this.#firstUnread = sequence;
    before?.markFirstUnread(false);
    now?.markFirstUnread(true);
  }

  get firstUnread() {
    return this.#firstUnread;
  }
}
