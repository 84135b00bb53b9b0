import { codePoints, isBlank } from '../text.js';

const WARN_AT_SHARE = 0.9;
const TALLEST_PX = 220;

/** Where a message is written. Enter sends, Shift+Enter begins a line; what is unfinished is kept per conversation. */
export class Composer {
  #form = document.getElementById('composer');
  #content = document.getElementById('content');
  #counter = document.getElementById('counter');
  #send = this.#form.querySelector('button');
  #chat;
  #conversationId;
  #sent;

  /** @param sent is called after a message was put into the outbox */
  constructor(chat, sent) {
    this.#chat = chat;
    this.#sent = sent;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#content.addEventListener('keydown', (event) => this.#key(event));
    this.#content.addEventListener('input', () => this.#edited());
  }

  open(conversationId) {
    this.#conversationId = conversationId;
    this.#content.value = localStorage.getItem(this.#draftKey) ?? '';
    this.#update();
    if (matchMedia('(hover: hover)').matches) this.#content.focus();
  }

  get #draftKey() {
    return `duet.draft.${this.#chat.me}.${this.#conversationId}`;
  }

  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #edited() {
    const content = this.#content.value;
    if (content) localStorage.setItem(this.#draftKey, content);
    else localStorage.removeItem(this.#draftKey);
    if (!isBlank(content)) this.#chat.typing(this.#conversationId);
    this.#update();
  }

  async #submit() {
    if (this.#send.disabled) return;
    const content = this.#content.value;
    this.#content.value = '';
    this.#update();
    try {
      await this.#chat.send(this.#conversationId, content);
      localStorage.removeItem(this.#draftKey);
      this.#sent();
    } catch {
      this.#content.value = content;
      this.#update();
      this.#chat.emit('failed', 'This browser cannot store the message. Free some space, then try again.');
    }
    this.#content.focus();
  }

  #update() {
    const content = this.#content.value;
    const limit = this.#chat.maxContentLength;
    const length = codePoints(content);
    this.#send.disabled = length > limit || isBlank(content);
    this.#counter.hidden = length < limit * WARN_AT_SHARE;
    this.#counter.textContent = `${length.toLocaleString()} / ${limit.toLocaleString()}`;
    this.#counter.classList.toggle('over', length > limit);
    this.#content.setAttribute('aria-invalid', String(length > limit));
    this.#content.style.height = 'auto';
    this.#content.style.height = `${Math.min(this.#content.scrollHeight, TALLEST_PX)}px`;
  }
}
