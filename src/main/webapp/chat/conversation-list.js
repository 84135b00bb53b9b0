import { preview } from './content.js';
import { avatar, element, setText } from './dom.js';
/** @import { Context } from './context.js' */
/** @import { Conversation } from '../client/types.js' */

const ROW_PX = 68;
const SPARE_ROWS = 6;
const ASK_AHEAD = 60;

/** The list of conversations: however many there are, only those in view (and the focused one) are in the document. */
export class ConversationList {
  #context;
  #client;
  #open;
  #list = element('ul', { class: 'rows', role: 'list' });
  #empty = element('p', { class: 'side-note', hidden: true });
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #current = '';
  #scheduled = false;

  /** @param {Context} context @param {(id: string) => void} open */
  constructor(context, open) {
    const { client, texts } = (this.#context = context);
    this.#client = client;
    this.#open = open;
    this.element = element('nav', { class: 'conversations', 'aria-label': texts.conversations }, this.#empty, this.#list);
    setText(this.#empty, texts.noConversations);
    this.element.addEventListener('scroll', () => this.#draw(), { passive: true });
    this.element.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    context.until(client.on('conversations', () => this.#soon()));
    context.until(client.on('outbox', () => this.#soon()));
    context.until(client.on('presence', () => this.#soon()));
    context.until(client.on('typing', () => this.#soon()));
    const resized = new ResizeObserver(() => this.#draw());
    resized.observe(this.element);
    context.until(() => resized.disconnect());
    context.repeat(() => this.#draw(), 60_000);
    this.#draw();
  }

  /** @param {string} id the open conversation, empty for none */
  set current(id) {
    this.#current = id;
    this.#draw();
  }

  /** Drafts have changed. */
  refresh() {
    this.#soon();
  }

  /** The conversation that stands `step` below the open one. @param {number} step */
  neighbour(step) {
    const list = this.#client.conversations.list();
    const at = list.findIndex(({ conversation_id: id }) => id === this.#current);
    return list[at < 0 ? 0 : at + step]?.conversation_id;
  }

  /** @param {string} [id] */
  focus(id = this.#current) {
    const index = this.#client.conversations.list().findIndex((conversation) => conversation.conversation_id === id);
    this.#focusAt(Math.max(index, 0));
  }

  /** Many events of one moment make one drawing. */
  #soon() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#draw();
    });
  }

  #draw() {
    const { conversations } = this.#client;
    const list = conversations.list();
    this.#empty.hidden = list.length > 0 || !conversations.loaded;
    this.#list.style.height = `${list.length * ROW_PX}px`;
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW_PX) - SPARE_ROWS);
    const last = Math.min(list.length, Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW_PX) + SPARE_ROWS);
    /** @type {Map<string, Row>} */
    const shown = new Map();
    for (let index = first; index < last; index++) this.#place(shown, list, index);
    this.#keepFocused(shown, list);
    for (const [id, row] of this.#rows) if (!shown.has(id)) row.element.remove();
    this.#rows = shown;
    this.#client.presence.watch(list.slice(first, last).map(({ peer }) => peer.user_id));
    if (conversations.hasMore) conversations.more(last + ASK_AHEAD).catch(() => {});
  }

  /** @param {Map<string, Row>} shown @param {readonly Conversation[]} list @param {number} index */
  #place(shown, list, index) {
    const conversation = list[index];
    const id = conversation.conversation_id;
    const row = this.#rows.get(id) ?? new Row(this.#context, conversation, () => this.#open(id));
    row.show(conversation, { index, count: list.length, current: id === this.#current, reachable: this.#isReachable(list, index) });
    if (!row.element.isConnected) this.#list.append(row.element);
    shown.set(id, row);
  }

  /** The Tab key comes to the open conversation, or to the first. @param {readonly Conversation[]} list @param {number} index */
  #isReachable(list, index) {
    const id = list[index].conversation_id;
    return this.#rows.get(id)?.hasFocus || id === this.#current || (index === 0 && !this.#client.conversations.get(this.#current));
  }

  /** @param {Map<string, Row>} shown @param {readonly Conversation[]} list */
  #keepFocused(shown, list) {
    for (const [id, row] of this.#rows) {
      if (!shown.has(id) && row.hasFocus) this.#place(shown, list, list.findIndex((item) => item.conversation_id === id));
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const focused = [...this.#rows.values()].find((row) => row.hasFocus);
    if (!focused) return;
    const most = this.#client.conversations.list().length - 1;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW_PX) - 1);
    /** @type {{ [key: string]: number }} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    this.#focusAt(Math.min(most, Math.max(0, focused.index + step)));
  }

  /** @param {number} index */
  #focusAt(index) {
    const conversation = this.#client.conversations.list()[index];
    if (!conversation) return;
    const top = index * ROW_PX;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    const bottom = top + ROW_PX - this.element.clientHeight;
    if (bottom > this.element.scrollTop) this.element.scrollTop = bottom;
    this.#draw();
    this.#rows.get(conversation.conversation_id)?.button.focus();
  }
}

class Row {
  #context;
  #dot = element('span', { class: 'dot', hidden: true });
  #name = element('span', { class: 'name' });
  #when = element('time', { class: 'when' });
  #text = element('bdi');
  #preview = element('span', { class: 'preview' }, this.#text);
  #badge = element('span', { class: 'badge', hidden: true });
  index = 0;

  /** @param {Context} context @param {Conversation} conversation @param {() => void} open */
  constructor(context, { peer }, open) {
    this.#context = context;
    const face = element('span', { class: 'face' }, avatar(peer.username), this.#dot);
    const lines = element(
      'span',
      { class: 'lines' },
      element('span', { class: 'line' }, this.#name, this.#when),
      element('span', { class: 'line' }, this.#preview, this.#badge),
    );
    this.button = element('button', { type: 'button', class: 'conversation' }, face, lines);
    this.button.addEventListener('click', open);
    this.element = element('li', {}, this.button);
  }

  get hasFocus() {
    return this.button.matches(':focus');
  }

  /** @param {Conversation} conversation @param {{ index: number, count: number, current: boolean, reachable: boolean }} place */
  show(conversation, { index, count, current, reachable }) {
    const { texts, times, client } = this.#context;
    const { peer, last_message: last, unread_count: unread, conversation_id: id } = conversation;
    this.index = index;
    this.element.style.transform = `translateY(${index * ROW_PX}px)`;
    this.element.setAttribute('aria-setsize', String(count));
    this.element.setAttribute('aria-posinset', String(index + 1));
    this.button.tabIndex = reachable ? 0 : -1;
    if (current) this.button.setAttribute('aria-current', 'true');
    else this.button.removeAttribute('aria-current');
    this.button.classList.toggle('unread', unread > 0);
    setText(this.#name, peer.username);
    const when = new Date(last?.timestamp ?? conversation.updated_at);
    setText(this.#when, times.short(when));
    this.#when.dateTime = when.toISOString();
    this.#showPreview(id, last?.content ?? '', last?.sender_id === client.me.user_id, current);
    this.#badge.hidden = unread === 0;
    setText(this.#badge, unread > 999 ? '999+' : String(unread));
    this.#badge.setAttribute('aria-label', texts.unread(unread));
    this.#badge.setAttribute('role', 'img');
    const online = client.presence.of(peer.user_id)?.online ?? false;
    this.#dot.hidden = !online;
    this.#dot.setAttribute('role', 'img');
    this.#dot.setAttribute('aria-label', texts.online);
  }

  /** @param {string} id @param {string} content @param {boolean} mine @param {boolean} current */
  #showPreview(id, content, mine, current) {
    const { texts, client, drafts } = this.#context;
    const typing = client.presence.isTyping(id);
    const outgoing = client.outbox.of(id).at(-1)?.content;
    const draft = current ? '' : drafts.get(id);
    const prefix = draft ? texts.draft : mine || outgoing !== undefined ? texts.you : '';
    this.#preview.className = typing ? 'preview typing' : draft ? 'preview draft' : 'preview';
    setText(this.#text, typing ? texts.typing : prefix + preview(draft || (outgoing ?? content)));
  }
}
