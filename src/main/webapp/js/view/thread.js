import { avatar, setText } from './dom.js';
import { messageRow, outgoingRow, place, setProgress } from './message-row.js';
import { lastSeen } from './times.js';

const NEAR_BOTTOM_PX = 80;
const NEAR_TOP_PX = 400;
const READ_AFTER_MS = 150;
const CLOCK_MS = 30_000;
const byId = (id) => document.getElementById(id);

/** One conversation: its messages by sequence, what is on its way below them, and the place where the reader is. */
export class Thread {
  #scroll = byId('scroll');
  #list = byId('messages');
  #outgoing = byId('outgoing');
  #older = byId('older');
  #beginning = byId('beginning');
  #toNewest = byId('to-newest');
  #chat;
  #id = null;
  #rows = new Map();
  #first = Infinity;
  #firstUnread = Infinity;
  #places = new Map();
  #loading = false;
  #readTimer = null;
  #unseen = 0;
  /** What arrives while the conversation is being opened waits, or the reader's place would jump. */
  #early = null;

  constructor(chat) {
    this.#chat = chat;
    this.#scroll.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.#outgoing.addEventListener('click', (event) => this.#decide(event.target.dataset));
    this.#toNewest.addEventListener('click', () => this.toNewest());
    this.#older.querySelector('button').addEventListener('click', () => this.#loadOlder());
    chat.on('stored', (messages) => messages[0].conversation_id === this.#id && this.#arrived(messages));
    chat.outbox.on('changed', (id) => id === this.#id && this.#showOutgoing());
    chat.conversations.on('changed', (id) => (id === undefined || id === this.#id) && this.#showState());
    chat.presence.on('changed', () => this.#showPeer());
    chat.presence.on('typing', () => this.#showPeer());
    chat.on('state', () => this.#readSoon());
    setInterval(() => this.#showPeer(), CLOCK_MS);
    for (const event of ['focus', 'resize']) addEventListener(event, () => this.#readSoon());
    document.addEventListener('visibilitychange', () => this.#readSoon());
    new ResizeObserver(() => this.#keepBottom()).observe(this.#scroll);
  }

  #atBottom = true;

  async open(conversationId) {
    if (conversationId === this.#id) return;
    this.#remember();
    this.#clear(conversationId);
    const { peer, unread_count: unread, my_last_read_sequence: read } = this.#chat.conversations.get(conversationId);
    byId('peer-avatar').replaceChildren(avatar(peer.username));
    setText(byId('peer-name'), peer.username);
    this.#firstUnread = unread > 0 ? read + 1 : Infinity;
    this.#showState();
    this.#showOutgoing();
    await this.#load(conversationId);
  }

  close() {
    this.#remember();
    this.#id = null;
  }

  toNewest() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#atBottom = true;
    this.#scrolled();
  }

  async #load(conversationId) {
    const kept = this.#places.get(conversationId);
    this.#early = [];
    try {
      const messages = await this.#chat.history.newest(conversationId, Math.min(kept?.first ?? Infinity, this.#firstUnread));
      if (conversationId !== this.#id) return;
      const early = this.#takeEarly();
      this.#markUnread(early);
      this.#add([...messages, ...early]);
      this.#restore(kept);
      this.#showOlder('');
      this.#scrolled();
    } catch (error) {
      if (conversationId !== this.#id) return;
      this.#arrived(this.#takeEarly());
      this.#showOlder(error.message, true);
    }
  }

  #takeEarly() {
    const early = this.#early ?? [];
    this.#early = null;
    return early;
  }

  #clear(conversationId) {
    this.#id = conversationId;
    this.#rows.clear();
    this.#first = Infinity;
    this.#unseen = 0;
    this.#atBottom = true;
    this.#loading = false;
    this.#list.replaceChildren();
    this.#outgoing.replaceChildren();
    this.#beginning.hidden = true;
    this.#showOlder('');
  }

  /** Where the reader was when leaving the conversation: at the end, or at a certain message. */
  #remember() {
    if (!this.#id || !this.#rows.size) return;
    const top = this.#scroll.getBoundingClientRect().top;
    const anchor = this.#topRow();
    const offset = anchor ? anchor.getBoundingClientRect().top - top : 0;
    this.#places.set(this.#id, this.#atBottom ? {} : { first: this.#first, anchor: anchor?.sequence, offset });
  }

  /** The first row that the reader sees a part of. */
  #topRow() {
    const top = this.#scroll.getBoundingClientRect().top;
    return [...this.#list.children].find((row) => row.getBoundingClientRect().bottom > top);
  }

  #restore(kept) {
    const anchor = this.#rows.get(kept?.anchor) ?? this.#rows.get(this.#firstUnread);
    if (!anchor) return this.toNewest();
    this.#toOffset(anchor, kept?.anchor ? kept.offset : 60);
    this.#atBottom = this.#isNearBottom();
  }

  #toOffset(row, offset) {
    this.#scroll.scrollTop += row.getBoundingClientRect().top - this.#scroll.getBoundingClientRect().top - offset;
  }

  /** Rows go in by sequence; those before and after tell day lines and grouping. */
  #add(messages) {
    for (const message of messages) {
      const sequence = message.sequence_number;
      if (this.#rows.has(sequence)) continue;
      const row = messageRow(message, message.sender_id === this.#chat.me);
      this.#rows.set(sequence, row);
      row.classList.toggle('first-unread', sequence === this.#firstUnread);
      this.#list.insertBefore(row, this.#after(sequence));
      this.#first = Math.min(this.#first, sequence);
      if (row.mine) setProgress(row, this.#chat.conversations.progress(this.#id, sequence));
      place(row, row.previousElementSibling);
      if (row.nextElementSibling) place(row.nextElementSibling, row);
    }
    this.#beginning.hidden = this.#first > 1 && this.#rows.size > 0;
    setText(this.#beginning, `The beginning of your conversation with ${byId('peer-name').textContent}`);
  }

  #after(sequence) {
    let next = this.#list.lastElementChild;
    if (!next || next.sequence < sequence) return null;
    if (this.#first > sequence && !this.#rows.has(sequence + 1)) return this.#list.firstElementChild;
    if (this.#rows.has(sequence + 1)) return this.#rows.get(sequence + 1);
    while (next.previousElementSibling?.sequence > sequence) next = next.previousElementSibling;
    return next;
  }

  #arrived(messages) {
    if (this.#early) return this.#early.push(...messages);
    const bottom = this.#atBottom;
    for (const { client_message_id: id } of messages) if (id) this.#outgoingRow(id)?.remove();
    this.#markUnread(messages);
    this.#add(messages.filter(({ sequence_number: sequence }) => this.#first === Infinity || sequence > this.#first));
    const ofPeer = messages.filter(({ sender_id: sender }) => sender !== this.#chat.me).length;
    if (bottom) this.toNewest();
    else this.#showUnseen(this.#unseen + ofPeer);
    this.#readSoon();
  }

  /** What comes while nobody looks, or from the time of an absence, begins at a line of its own. */
  #markUnread(messages) {
    if (this.#chat.inbox.hasCaughtUp && isLookedAt()) return;
    const { my_last_read_sequence: read, last_sequence: head } = this.#chat.conversations.get(this.#id);
    if (this.#firstUnread > read && this.#firstUnread <= head) return;
    const first = messages.find(
      ({ sender_id: sender, sequence_number: sequence }) => sender !== this.#chat.me && sequence > read,
    );
    if (!first) return;
    this.#rows.get(this.#firstUnread)?.classList.remove('first-unread');
    this.#firstUnread = first.sequence_number;
  }

  #outgoingRow(clientMessageId) {
    return [...this.#outgoing.children].find((row) => row.dataset.clientMessageId === clientMessageId);
  }

  #showOutgoing() {
    if (!this.#id) return;
    const shown = new Map([...this.#outgoing.children].map((row) => [row.dataset.clientMessageId + row.failed, row]));
    const rows = this.#chat.outbox
      .of(this.#id)
      .map((entry) => shown.get(entry.client_message_id + Boolean(entry.failure)) ?? outgoingRow(entry));
    if (rows.length === shown.size && rows.every((row) => row.isConnected)) return;
    rows.forEach((row, index) => place(row, rows[index - 1] ?? this.#list.lastElementChild));
    this.#outgoing.replaceChildren(...rows);
    if (this.#atBottom) this.toNewest();
  }

  #decide({ retry, discard }) {
    if (retry) this.#chat.outbox.retry(retry);
    if (discard) this.#chat.outbox.discard(discard);
  }

  #showState() {
    if (!this.#id) return;
    this.#showPeer();
    for (const [sequence, row] of this.#rows) {
      if (row.mine && row.dataset.progress !== 'read') setProgress(row, this.#chat.conversations.progress(this.#id, sequence));
    }
  }

  #showPeer() {
    const peer = this.#id && this.#chat.conversations.get(this.#id)?.peer;
    if (!peer) return;
    const presence = this.#chat.presence.of(peer.user_id);
    const typing = this.#chat.presence.isTyping(this.#id);
    const known = presence ? lastSeen(presence.lastSeenAt && new Date(presence.lastSeenAt)) : '';
    const state = byId('peer-state');
    state.dataset.state = typing ? 'typing' : presence?.online ? 'online' : 'offline';
    setText(state, typing ? 'typing…' : presence?.online ? 'online' : known);
  }

  #scrolled() {
    if (!this.#id) return;
    this.#atBottom = this.#isNearBottom();
    if (this.#atBottom) this.#unseen = 0;
    this.#showUnseen(this.#unseen);
    if (this.#scroll.scrollTop < NEAR_TOP_PX) this.#loadOlder();
    this.#readSoon();
  }

  #showUnseen(count) {
    this.#unseen = count;
    this.#toNewest.hidden = this.#atBottom;
    const badge = this.#toNewest.querySelector('.badge');
    badge.hidden = count === 0;
    setText(badge, String(count));
  }

  #isNearBottom() {
    return this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < NEAR_BOTTOM_PX;
  }

  #keepBottom() {
    if (this.#id && this.#atBottom) this.toNewest();
  }

  async #loadOlder() {
    const id = this.#id;
    if (this.#loading || !this.#rows.size) {
      if (!this.#rows.size && !this.#older.hidden) await this.#load(id);
      return;
    }
    if (this.#first <= 1) return;
    this.#loading = true;
    try {
      const messages = await this.#chat.history.older(id, this.#first);
      if (id !== this.#id) return;
      // The bottom of a row stays with its text: the day line above it may go to an older row
      const anchor = this.#topRow() ?? this.#rows.get(this.#first);
      const before = anchor.getBoundingClientRect().bottom;
      this.#add(messages);
      this.#showOlder('');
      this.#scroll.scrollTop += anchor.getBoundingClientRect().bottom - before;
    } catch (error) {
      if (id === this.#id) this.#showOlder(error.message, true);
    } finally {
      if (id === this.#id) this.#loading = false;
    }
    if (id === this.#id && this.#older.hidden && this.#scroll.scrollTop < NEAR_TOP_PX) this.#loadOlder();
  }

  #showOlder(text, again = false) {
    this.#older.hidden = !text;
    setText(this.#older.querySelector('span'), text);
    this.#older.querySelector('button').hidden = !again;
  }

  #readSoon() {
    this.#readTimer ??= setTimeout(() => {
      this.#readTimer = null;
      this.#readVisible();
    }, READ_AFTER_MS);
  }

  /** Read is what stood on the screen of a person who was looking. */
  #readVisible() {
    if (!this.#id || !isLookedAt()) return;
    const bottom = this.#scroll.getBoundingClientRect().bottom;
    let row = this.#list.lastElementChild;
    while (row && row.getBoundingClientRect().top >= bottom) row = row.previousElementSibling;
    while (row && row.mine) row = row.previousElementSibling;
    if (row) this.#chat.read(this.#id, row.sequence);
  }
}

function isLookedAt() {
  return document.visibilityState === 'visible' && document.hasFocus();
}
