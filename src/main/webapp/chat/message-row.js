import { contentNodes, isEmojiOnly } from './content.js';
import { element, setText } from './dom.js';
import { icon, setIcon } from './icons.js';
import { isSameDay } from './times.js';
/** @import { Message, Outgoing } from '../client/types.js' */
/** @import { Texts } from './texts.js' */
/** @import { Times } from './times.js' */

const TOGETHER_MS = 5 * 60_000;

/** @typedef {'sending' | 'sent' | 'delivered' | 'read' | 'failed'} Progress */

/** @type {{ [progress in Progress]: string }} */
const PROGRESS_ICONS = { sending: 'clock', sent: 'tick', delivered: 'ticks', read: 'ticks', failed: 'warning' };

/** One message as it is shown. */
export class MessageRow {
  #texts;
  #times;
  #progress = element('span', { class: 'progress', role: 'img' }, icon('tick'));
  #day = element('div', { class: 'day' }, element('span'));
  #unread = element('div', { class: 'unread-line' }, element('span'));

  /**
   * @param {{ content: string, time: Date, mine: boolean, sequence?: number, entry?: Outgoing }} what
   * @param {Texts} texts @param {Times} times
   */
  constructor({ content, time, mine, sequence = 0, entry }, texts, times) {
    this.#texts = texts;
    this.#times = times;
    this.content = content;
    this.time = time;
    this.mine = mine;
    this.sequence = sequence;
    this.entry = entry;
    this.copy = element('button', { type: 'button', class: 'copy', tabindex: -1, 'aria-label': texts.copy, title: texts.copy }, icon('copy'));
    this.bubble = element('div', { class: 'bubble' }, this.#text(), this.#meta(), this.copy);
    this.element = element('li', { class: mine ? 'message mine' : 'message', tabindex: -1 }, this.bubble);
    if (sequence) this.element.dataset.sequence = sequence;
    if (entry) this.element.dataset.clientMessageId = entry.client_message_id;
  }

  /** @param {Message} message @param {string} me @param {Texts} texts @param {Times} times */
  static of(message, me, texts, times) {
    const { content, sequence_number: sequence, sender_id: sender } = message;
    return new MessageRow({ content, time: new Date(message.timestamp), mine: sender === me, sequence }, texts, times);
  }

  /** @param {Outgoing} entry @param {Texts} texts @param {Times} times */
  static ofOutgoing(entry, texts, times) {
    const row = new MessageRow({ content: entry.content, time: new Date(entry.written_at), mine: true, entry }, texts, times);
    row.showProgress(entry.failure ? 'failed' : 'sending');
    if (entry.failure) row.element.append(row.#refusal(entry.failure));
    return row;
  }

  #text() {
    const text = element('p', { class: isEmojiOnly(this.content) ? 'text emoji' : 'text', dir: 'auto' });
    text.append(...contentNodes(this.content));
    return text;
  }

  #meta() {
    const time = element('time', { datetime: this.time.toISOString(), title: this.#times.exact(this.time), text: this.#times.ofDay(this.time) });
    return element('span', { class: 'meta' }, time, this.mine && this.#progress);
  }

  /** @param {{ code: string, message: string }} failure */
  #refusal({ code, message }) {
    const why = /** @type {{ [code: string]: string }} */ (this.#texts.errors)[code] ?? this.#texts.otherError(message);
    return element(
      'div',
      { class: 'refusal' },
      element('span', { text: this.#texts.notSent(why) }),
      element('button', { type: 'button', class: 'link', 'data-action': 'retry', text: this.#texts.tryAgain }),
      element('button', { type: 'button', class: 'link', 'data-action': 'discard', text: this.#texts.remove }),
    );
  }

  /** @param {Progress} progress */
  showProgress(progress) {
    if (this.element.dataset.progress === progress) return;
    this.element.dataset.progress = progress;
    const label = this.#texts.progress[progress];
    this.#progress.setAttribute('aria-label', label);
    this.#progress.title = label;
    setIcon(this.#progress.firstElementChild, PROGRESS_ICONS[progress]);
  }

  /** Whether the line "new messages" stands above it. @param {boolean} first */
  markFirstUnread(first) {
    this.element.classList.toggle('first-unread', first);
    setText(this.#unread.firstElementChild, this.#texts.newMessages);
    if (first) this.bubble.before(this.#unread);
    else this.#unread.remove();
  }

  /** Day line and grouping depend on the row before it. @param {MessageRow | undefined} before */
  place(before) {
    const newDay = !before || !isSameDay(before.time, this.time);
    const close = before && before.mine === this.mine && this.time.getTime() - before.time.getTime() < TOGETHER_MS;
    this.element.classList.toggle('follows', Boolean(close && !newDay && !this.#unread.isConnected));
    setText(this.#day.firstElementChild, this.#times.day(this.time));
    if (newDay) this.element.prepend(this.#day);
    else this.#day.remove();
  }

  /** Whether the Tab key comes to this row. @param {boolean} reachable */
  setReachable(reachable) {
    this.element.tabIndex = this.copy.tabIndex = reachable ? 0 : -1;
  }
}
