import { preview } from '../text.js';
import { avatar, element, icon, setText } from './dom.js';
import { shortWhen } from './times.js';
import { showProgress } from './progress.js';

const NEAR_END_PX = 200;
const CLOCK_MS = 60_000;

/** The list at the side: newest activity first, last message, unread badge, presence dot. */
export class ConversationList {
  #root = document.getElementById('conversations');
  #empty = document.getElementById('no-conversations');
  #chat;
  #rows = new Map();
  #open = null;
  #loading = false;
  #due = null;

  /** @param opened is called with the conversation id that was picked */
  constructor(chat, opened) {
    this.#chat = chat;
    this.#root.addEventListener('click', (event) => {
      const row = event.target.closest('button');
      if (row) opened(row.dataset.conversation);
    });
    this.#root.addEventListener('keydown', (event) => this.#key(event));
    this.#root.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    chat.conversations.on('changed', () => this.#renderSoon());
    chat.outbox.on('changed', () => this.#renderSoon());
    chat.presence.on('typing', () => this.#renderSoon());
    chat.presence.on('changed', () => this.#renderSoon());
    setInterval(() => this.#renderSoon(), CLOCK_MS);
    this.#render();
  }

  mark(conversationId) {
    this.#open = conversationId;
    this.#render();
  }

  /** However much changes until the next frame of the screen, the list is drawn once. */
  #renderSoon() {
    this.#due ??= requestAnimationFrame(() => this.#render());
  }

  #render() {
    cancelAnimationFrame(this.#due);
    this.#due = null;
    const conversations = this.#chat.conversations.list();
    this.#empty.hidden = conversations.length > 0 || !this.#chat.conversations.loaded;
    let place = this.#root.firstElementChild;
    for (const conversation of conversations) {
      const row = this.#row(conversation);
      this.#update(row, conversation);
      if (row === place) place = place.nextElementSibling;
      else this.#insert(row, place);
    }
  }

  /** Moving an element takes the focus away from it. */
  #insert(row, place) {
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    this.#root.insertBefore(row, place);
    focused?.focus();
  }

  #row({ conversation_id: id, peer }) {
    if (!this.#rows.has(id)) this.#rows.set(id, newRow(id, peer));
    return this.#rows.get(id);
  }

  #update(row, conversation) {
    const { conversation_id: id, peer, unread_count: unread, updated_at: updatedAt } = conversation;
    const online = this.#chat.presence.of(peer.user_id)?.online === true;
    const button = row.firstElementChild;
    button.classList.toggle('unread', unread > 0);
    if (id === this.#open) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
    row.querySelector('.dot').hidden = !online;
    setText(row.querySelector('.when'), shortWhen(new Date(updatedAt)));
    const badge = row.querySelector('.badge');
    badge.hidden = unread === 0;
    setText(badge, unread > 999 ? '999+' : String(unread));
    this.#updatePreview(row, conversation);
    button.setAttribute('aria-label', spoken(row, peer, online, unread));
  }

  #updatePreview(row, { conversation_id: id, last_message: last }) {
    const text = row.querySelector('.preview');
    const mark = row.querySelector('.progress');
    const waiting = this.#chat.outbox.of(id).at(-1);
    const typing = this.#chat.presence.isTyping(id);
    text.classList.toggle('typing', typing);
    if (typing) setText(text, 'typing…');
    else setText(text, preview(waiting?.content ?? last?.content ?? 'No messages yet'));
    const mine = !typing && (waiting || (last && last.sender_id === this.#chat.me));
    mark.hidden = !mine;
    if (waiting) showProgress(mark, waiting.failure ? 'failed' : 'sending');
    else if (mine) showProgress(mark, this.#chat.conversations.progress(id, last.sequence_number));
  }

  #key(event) {
    const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
    const next = step && event.target.closest('li')?.[step];
    if (!next) return;
    event.preventDefault();
    next.firstElementChild.focus();
  }

  async #scrolled() {
    const rest = this.#root.scrollHeight - this.#root.scrollTop - this.#root.clientHeight;
    if (rest > NEAR_END_PX || this.#loading || !this.#chat.conversations.hasMore) return;
    this.#loading = true;
    try {
      await this.#chat.conversations.more();
    } catch {
      // the next scroll tries again
    } finally {
      this.#loading = false;
    }
  }
}

function newRow(id, peer) {
  const face = element('span', { class: 'face' }, avatar(peer.username), element('span', { class: 'dot', hidden: true }));
  const first = element(
    'span',
    { class: 'line' },
    element('span', { class: 'name', text: peer.username }),
    element('time', { class: 'when' }),
  );
  const second = element(
    'span',
    { class: 'line' },
    element('span', { class: 'progress', hidden: true }, icon('tick')),
    element('span', { class: 'preview', dir: 'auto' }),
    element('span', { class: 'badge', hidden: true }),
  );
  const button = element('button', { type: 'button', class: 'conversation', 'data-conversation': id }, face);
  button.append(element('span', { class: 'lines' }, first, second));
  return element('li', {}, button);
}

function spoken(row, peer, online, unread) {
  const parts = [peer.username];
  if (online) parts.push('online');
  if (unread) parts.push(`${unread} unread`);
  parts.push(row.querySelector('.preview').textContent, row.querySelector('.when').textContent);
  return parts.join(', ');
}
