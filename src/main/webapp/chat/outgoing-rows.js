import { element } from './dom.js';
import { MessageRow } from './message-row.js';
/** @import { Context } from './context.js' */

/** What is on its way in the open conversation, below its messages: at once when it is written, until the server has it. */
export class OutgoingRows {
  #context;
  /** @type {Map<string, MessageRow>} */
  #rows = new Map();

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.element = element('ol', { class: 'messages outgoing', 'aria-label': context.texts.notYetSent, hidden: true });
    this.element.addEventListener('click', (/** @type {MouseEvent} */ event) => this.#decide(/** @type {HTMLElement} */ (event.target)));
  }

  clear() {
    this.#rows.clear();
    this.element.replaceChildren();
    this.element.hidden = true;
  }

  /** @param {string} id of the conversation, empty for none @param {MessageRow | undefined} before the row above */
  show(id, before) {
    const entries = id ? this.#context.client.outbox.of(id) : [];
    const rows = entries.map((entry) => {
      const shown = this.#rows.get(entry.client_message_id);
      return shown?.entry === entry ? shown : MessageRow.ofOutgoing(entry, this.#context.texts, this.#context.times);
    });
    const unchanged = rows.length === this.#rows.size && rows.every((row) => row.element.parentNode === this.element);
    rows.forEach((row, index) => row.place(rows[index - 1] ?? before));
    if (unchanged) return;
    this.#rows = new Map(rows.map((row) => [row.entry?.client_message_id ?? '', row]));
    this.element.replaceChildren(...rows.map((row) => row.element));
    this.element.hidden = rows.length === 0;
  }

  /** @param {Element} target */
  contentAt(target) {
    return this.#rowAt(target)?.content;
  }

  /** @param {Element} target */
  #rowAt(target) {
    const element = /** @type {HTMLElement | null} */ (target.closest('[data-client-message-id]'));
    return this.#rows.get(element?.dataset.clientMessageId ?? '');
  }

  /** @param {HTMLElement} target */
  #decide(target) {
    const id = this.#rowAt(target)?.entry?.client_message_id;
    if (id && target.dataset.action === 'retry') this.#context.client.outbox.retry(id);
    if (id && target.dataset.action === 'discard') this.#context.client.outbox.discard(id);
  }
}
