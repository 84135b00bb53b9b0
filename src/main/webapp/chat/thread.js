import { element, setText } from './dom.js';
import { icon } from './icons.js';
import { OutgoingRows } from './outgoing-rows.js';
import { explain } from './texts.js';
import { ThreadRows } from './thread-rows.js';
/** @import { Context } from './context.js' */
/** @import { Message } from '../client/types.js' */

const PAGE = 60;
const MOST_ROWS = 240;
const NEAR_END_PX = 80;
const LOAD_WITHIN_PX = 900;
const READ_AFTER_MS = 150;
const CATCH_UP_AFTER_MS = 100;
const TOP_MARGIN_PX = 72;

/**
 * One conversation: a window of at most 240 messages over it that moves with the reader, what is on its way below it, and the place
 * where the reader is.
 */
export class Thread {
  #context;
  #client;
  #texts;
  #rows;
  #outgoing;
  #list = element('ol', { class: 'messages' });
  #note = element('p', { class: 'older', role: 'status', hidden: true }, element('span'), element('button', { type: 'button', class: 'link' }));
  #unseenBadge = element('span', { class: 'badge', hidden: true });
  #id = '';
  /** @type {Map<string, { sequence: number, offset: number }>} */
  #places = new Map();
  #atEnd = true;
  #unseen = 0;
  #turn = 0;
  /** @type {Promise<void> | null} */
  #loading = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #readTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #catchUpTimer;
  #showing = false;
  /** Something has changed since what is being loaded was asked for. */
  #missed = false;
  #reachable = 0;

  /** @param {Context} context */
  constructor(context) {
    const { client, texts, times } = (this.#context = context);
    this.#client = client;
    this.#texts = texts;
    this.#rows = new ThreadRows(this.#list, client.me.user_id, texts, times);
    this.#outgoing = new OutgoingRows(context);
    this.#list.setAttribute('aria-label', texts.messages);
    this.scroll = element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': texts.messages }, this.#note, this.#list, this.#outgoing.element);
    this.toNewestButton = element('button', { type: 'button', class: 'to-newest', hidden: true }, this.#unseenBadge, icon('down'));
    this.#note.lastElementChild.textContent = texts.tryAgain;
    this.#listen();
  }

  #listen() {
    const { client } = this.#context;
    this.scroll.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.scroll.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    this.scroll.addEventListener('click', (/** @type {MouseEvent} */ event) => this.#clicked(event));
    this.toNewestButton.addEventListener('click', () => this.toNewest());
    this.#note.lastElementChild.addEventListener('click', () => this.#again());
    this.#context.until(client.on('message', (message) => message.conversation_id === this.#id && this.#arrived(message)));
    this.#context.until(client.on('outbox', (id) => id === this.#id && this.#showOutgoing()));
    this.#context.until(client.on('conversations', (id) => (id === undefined || id === this.#id) && this.#changed()));
    this.#context.listen(window, 'focus', () => this.#readSoon());
    this.#context.listen(document, 'visibilitychange', () => this.#readSoon());
    const resized = new ResizeObserver(() => this.#atEnd && this.#scrollToEnd());
    resized.observe(this.scroll);
    this.#context.until(() => resized.disconnect());
  }

  get #conversation() {
    return this.#client.conversations.get(this.#id);
  }

  /** True while the newest message that is known is in the document. */
  get #hasNewest() {
    return this.#rows.last >= (this.#conversation?.last_sequence ?? 0);
  }

  /** @param {string} id */
  async open(id) {
    if (id === this.#id) return;
    this.close();
    this.#id = id;
    const { unread_count: unread = 0, my_last_read_sequence: read = 0 } = this.#conversation ?? {};
    const place = this.#places.get(id);
    const firstUnread = unread > 0 ? read + 1 : Infinity;
    await this.#show(place?.sequence ?? firstUnread, place?.offset ?? TOP_MARGIN_PX, firstUnread);
  }

  close() {
    this.#remember();
    this.#turn++;
    this.#id = '';
    this.#rows.clear();
    this.#outgoing.clear();
    this.#loading = null;
  }

  #changed() {
    this.#showProgress();
    this.#catchUpTimer ??= setTimeout(() => {
      this.#catchUpTimer = undefined;
      this.#catchUp();
    }, CATCH_UP_AFTER_MS);
  }

  /** A tab may not have been told of a message, because the one that took it was closed: the list knows better. */
  #catchUp() {
    this.#missed = this.#showing || this.#loading !== null;
    if (!this.#id || this.#missed || !this.#atEnd || this.#hasNewest) return;
    if (this.#rows.size) this.#load('newer');
    else this.toNewest();
  }

  /** Once more, for what came while something was being loaded that did not have it yet. */
  #catchUpMissed() {
    if (this.#missed) this.#catchUp();
  }

  /** Goes to the newest message, from wherever in the conversation. */
  async toNewest() {
    if (!this.#hasNewest) await this.#show(Infinity, 0, this.#rows.firstUnread);
    this.#scrollToEnd();
    this.#scrolled();
  }

  /** Begins afresh around a message, or at the end. @param {number} target @param {number} offset @param {number} firstUnread */
  async #show(target, offset, firstUnread) {
    const turn = ++this.#turn;
    this.#loading = null;
    this.#showing = true;
    this.#say(this.#texts.loading);
    try {
      const messages = await this.#around(target);
      if (turn !== this.#turn) return;
      this.#rows.clear();
      this.#rows.markUnreadFrom(firstUnread);
      this.#rows.add(messages);
      this.#say('');
      this.#showOutgoing();
      this.#showProgress();
      const anchor = this.#rows.get(target);
      this.#atEnd = !anchor;
      if (anchor) this.scroll.scrollTop += this.#offset(anchor.bubble) - offset;
      else this.#scrollToEnd();
      this.#scrolled();
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    } finally {
      if (turn === this.#turn) {
        this.#showing = false;
        this.#catchUpMissed();
      }
    }
  }

  /** @param {number} target @returns {Promise<Message[]>} */
  async #around(target) {
    const { history } = this.#client;
    if (target === Infinity) return history.before(this.#id, undefined, PAGE);
    const id = this.#id;
    const newer = await history.after(id, target - 1, PAGE);
    if (!newer.length) return history.before(id, undefined, PAGE);
    return [...(await history.before(id, newer[0].sequence_number, PAGE)), ...newer];
  }

  /** Where the reader is when leaving the conversation; nothing for the end. */
  #remember() {
    if (!this.#id || !this.#rows.size) return;
    const row = this.#topRow();
    if (this.#atEnd || !row) this.#places.delete(this.#id);
    else this.#places.set(this.#id, { sequence: row.sequence, offset: this.#offset(row.bubble) });
  }

  /** The first row that the reader sees a part of. */
  #topRow() {
    for (const row of this.#rows) if (this.#offset(row.bubble) + row.bubble.offsetHeight > 0) return row;
    return undefined;
  }

  /** Of an element below the upper edge. @param {HTMLElement} target */
  #offset(target) {
    return target.getBoundingClientRect().top - this.scroll.getBoundingClientRect().top;
  }

  #scrollToEnd() {
    this.#atEnd = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  #scrolled() {
    if (!this.#id) return;
    const below = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight;
    // Who sees nothing is at the end, even if there is something by now
    this.#atEnd = !this.#rows.size || (this.#hasNewest && below < NEAR_END_PX);
    if (this.#atEnd) this.#unseen = 0;
    this.#showUnseen();
    this.#readSoon();
    if (!this.#rows.size) return;
    if (this.scroll.scrollTop < LOAD_WITHIN_PX && this.#rows.first > 1) this.#load('older');
    else if (below < LOAD_WITHIN_PX && !this.#hasNewest) this.#load('newer');
  }

  /** One page more at one end, and as many rows less at the other; what the reader sees stays where it is. @param {'older' | 'newer'} which */
  #load(which) {
    const turn = this.#turn;
    this.#loading ??= this.#page(which)
      .then((messages) => {
        if (turn === this.#turn) this.#extend(which, messages);
      })
      .catch((error) => {
        if (turn === this.#turn) this.#fail(error);
      });
  }

  /** @param {'older' | 'newer'} which @returns {Promise<Message[]>} */
  #page(which) {
    const { history } = this.#client;
    return which === 'older' ? history.before(this.#id, this.#rows.first, PAGE) : history.after(this.#id, this.#rows.last, PAGE);
  }

  /** @param {'older' | 'newer'} which @param {Message[]} messages */
  #extend(which, messages) {
    this.#loading = null;
    const anchor = this.#topRow();
    const before = anchor ? this.#offset(anchor.bubble) : 0;
    this.#rows.add(messages);
    this.#rows.trim(which === 'older' ? 'newest' : 'oldest', MOST_ROWS);
    this.#showOutgoing();
    this.#showProgress();
    if (anchor) this.scroll.scrollTop += this.#offset(anchor.bubble) - before;
    this.#say('');
    if (messages.length) this.#scrolled();
    this.#catchUpMissed();
  }

  /** @param {any} error */
  #fail(error) {
    this.#say(explain(this.#texts, error), true);
  }

  #again() {
    this.#loading = null;
    if (this.#rows.size) this.#scrolled();
    else this.#show(Infinity, 0, this.#rows.firstUnread);
  }

  /** @param {string} text @param {boolean} [failed] */
  #say(text, failed = false) {
    const start = this.#rows.first === 1 || (!this.#rows.size && this.#conversation?.last_sequence === 0);
    const shown = text || (start ? this.#texts.beginning(this.#conversation?.peer.username ?? '') : '');
    setText(this.#note.firstElementChild, shown);
    this.#note.hidden = !shown;
    this.#note.lastElementChild.hidden = !failed;
  }

  /** @param {Message} message */
  #arrived(message) {
    const { sequence_number: sequence, sender_id: sender } = message;
    const ofPeer = sender !== this.#client.me.user_id;
    if (ofPeer) this.#markUnread(sequence);
    if (sequence === this.#rows.last + 1 || (!this.#rows.size && sequence === 1)) {
      this.#rows.add([message]);
      if (this.#atEnd) this.#rows.trim('oldest', MOST_ROWS);
      this.#showProgress();
    }
    this.#showOutgoing();
    if (ofPeer && !this.#atEnd) this.#unseen++;
    if (this.#atEnd) this.#stayAtEnd();
    else this.#scrolled();
    this.#say('');
  }

  #stayAtEnd() {
    if (this.#hasNewest) this.#scrollToEnd();
    else this.toNewest();
    this.#readSoon();
  }

  /** What comes while nobody looks begins at a line of its own. @param {number} sequence */
  #markUnread(sequence) {
    const { my_last_read_sequence: read = 0 } = this.#conversation ?? {};
    const marked = this.#rows.firstUnread;
    if ((isLookedAt() && this.#atEnd) || (marked > read && marked < sequence)) return;
    this.#rows.markUnreadFrom(sequence);
  }

  #showOutgoing() {
    if (!this.#id) return;
    this.#keepReachable();
    this.#outgoing.show(this.#hasNewest ? this.#id : '', this.#rows.get(this.#rows.last));
    if (this.#atEnd) this.#scrollToEnd();
  }

  #showProgress() {
    const { conversations } = this.#client;
    for (const row of this.#rows) {
      if (row.mine && row.element.dataset.progress !== 'read') row.showProgress(conversations.progress(this.#id, row.sequence));
    }
  }

  #showUnseen() {
    this.toNewestButton.hidden = this.#atEnd || !this.#rows.size;
    this.#unseenBadge.hidden = this.#unseen === 0;
    setText(this.#unseenBadge, String(this.#unseen));
    const label = this.#unseen ? this.#texts.toNewestUnseen(this.#unseen) : this.#texts.toNewest;
    this.toNewestButton.setAttribute('aria-label', label);
    this.toNewestButton.title = label;
  }

  #readSoon() {
    this.#readTimer ??= setTimeout(() => {
      this.#readTimer = undefined;
      this.#readVisible();
    }, READ_AFTER_MS);
  }

  /** Read is what stood on the screen of a person who was looking. */
  #readVisible() {
    if (!this.#id || !isLookedAt() || !this.scroll.isConnected) return;
    const { bottom } = this.scroll.getBoundingClientRect();
    const seen = [...this.#rows].findLast((row) => !row.mine && row.bubble.getBoundingClientRect().top < bottom);
    if (seen) this.#client.read(this.#id, seen.sequence);
  }

  /** Arrow keys go from message to message; the Tab key comes to the one that was reached. @param {KeyboardEvent} event */
  #key(event) {
    const row = this.#rows.of(/** @type {Node} */ (event.target));
    if (event.key === 'c' && (event.ctrlKey || event.metaKey) && row && !getSelection()?.toString()) this.#copy(row.content, row.copy);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = row && step ? this.#rows.get(row.sequence + step) : undefined;
    if (!next) return;
    event.preventDefault();
    this.#reach(next.sequence);
    next.element.focus();
  }

  /** @param {number} sequence */
  #reach(sequence) {
    this.#rows.get(this.#reachable)?.setReachable(false);
    this.#reachable = sequence;
    this.#rows.get(sequence)?.setReachable(true);
  }

  /** The Tab key must come to some row: to the newest, unless the reader has gone to another. */
  #keepReachable() {
    const gone = !this.#rows.get(this.#reachable);
    if (gone || !this.#list.contains(this.#context.focused)) this.#reach(this.#rows.last);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const copy = target.closest('.copy');
    const row = this.#rows.of(target);
    if (row) this.#reach(row.sequence);
    const content = row?.content ?? this.#outgoing.contentAt(target);
    if (copy && content !== undefined) this.#copy(content, copy);
  }

  /** @param {string} content @param {Element} button */
  async #copy(content, button) {
    await this.#context.copy(content);
    button.classList.add('done');
    this.#context.announce(this.#texts.copied);
    setTimeout(() => button.classList.remove('done'), 1500);
  }
}

function isLookedAt() {
  return document.visibilityState === 'visible' && document.hasFocus();
}
