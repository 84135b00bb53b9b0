import { codePoints, isBlank } from '../client/text.js';
import { element, setText } from './dom.js';
import { icon } from './icons.js';
/** @import { Context } from './context.js' */

const WARN_AT_SHARE = 0.9;
const TALLEST_PX = 200;

/** Where a message is written. Enter sends, Shift+Enter begins a line; what is unfinished is kept per conversation. */
export class Composer {
  #context;
  #sent;
  #content;
  #counter;
  #send;
  #id = '';

  /** @param {Context} context @param {() => void} sent is called when a message was put into the outbox */
  constructor(context, sent) {
    const { texts } = (this.#context = context);
    this.#sent = sent;
    this.#counter = element('output', { id: 'counter', class: 'counter', hidden: true });
    this.#content = element('textarea', {
      rows: 1, 'aria-label': texts.message, placeholder: texts.writeMessage, enterkeyhint: 'send', 'aria-describedby': 'counter', dir: 'auto',
    });
    this.#send = element('button', { type: 'submit', class: 'send', 'aria-label': texts.send, title: texts.send, disabled: true }, icon('send'));
    this.element = element('form', { class: 'composer' }, this.#content, this.#send, this.#counter);
    this.element.addEventListener('submit', (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#content.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    this.#content.addEventListener('input', () => this.#edited());
  }

  /** @param {string} id */
  open(id) {
    this.#id = id;
    this.#content.value = this.#context.drafts.get(id);
    this.#update();
    if (matchMedia('(hover: hover)').matches) this.focus();
  }

  focus() {
    this.#content.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #edited() {
    const content = this.#content.value;
    this.#context.drafts.set(this.#id, content);
    if (!isBlank(content)) this.#context.client.typing(this.#id);
    this.#update();
  }

  async #submit() {
    if (this.#send.disabled) return;
    const id = this.#id;
    const content = this.#content.value;
    this.#content.value = '';
    this.#update();
    this.focus();
    try {
      await this.#context.client.write(id, content);
      this.#context.drafts.set(id, '');
      this.#sent();
    } catch (error) {
      if (id === this.#id) this.#content.value = content;
      this.#update();
      this.#context.client.emit('failed', error);
    }
  }

  #update() {
    const { client, numbers, texts } = this.#context;
    const content = this.#content.value;
    const limit = client.maxContentLength;
    const length = codePoints(content);
    const tooLong = length > limit;
    this.#send.disabled = tooLong || isBlank(content);
    this.#counter.hidden = length < limit * WARN_AT_SHARE;
    setText(this.#counter, this.#counter.hidden ? '' : texts.counter(numbers.format(length), numbers.format(limit)));
    this.#counter.classList.toggle('over', tooLong);
    this.#content.setAttribute('aria-invalid', String(tooLong));
    this.#content.style.height = 'auto';
    if (content) this.#content.style.height = `${Math.min(this.#content.scrollHeight + 2, TALLEST_PX)}px`;
  }
}
