import { element, setText } from './dom.js';
/** @import { Context } from './context.js' */

const PATIENCE_MS = 1_500;

/** Tells plainly how the connection is, while it is not as it should be; and what this browser cannot do. */
export class ConnectionLine {
  #context;
  #bar;
  #text = element('span');
  #button = element('button', { type: 'button', class: 'link' });
  #failure = element('p', { class: 'banner failure', role: 'alert', hidden: true });
  #quietUntil = 0;

  /** @param {Context} context */
  constructor(context) {
    const { client } = (this.#context = context);
    this.#bar = element('p', { class: 'banner', role: 'status', hidden: true }, this.#text, this.#button);
    this.element = element('div', { class: 'banners' }, this.#bar, this.#failure);
    this.#button.addEventListener('click', () => client.connectNow());
    context.until(client.on('state', () => this.#changed()));
    context.until(client.on('failed', () => this.#failed()));
    context.listen(window, 'online', () => this.#show());
    context.listen(window, 'offline', () => this.#show());
    context.repeat(() => this.#show(), 1000);
    this.#changed();
  }

  /** A moment of connecting is not worth a word. */
  #changed() {
    if (this.#context.client.state.name === 'connecting') this.#quietUntil = Date.now() + PATIENCE_MS;
    else this.#show();
  }

  #show() {
    const { client, texts } = this.#context;
    const { name, retryAt } = client.state;
    if (name === 'connecting' && Date.now() < this.#quietUntil) return;
    const seconds = retryAt === undefined ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    const waiting = !navigator.onLine ? texts.offline : seconds > 3 ? texts.waitingSeconds(seconds) : texts.waiting;
    /** @type {{ [state: string]: string }} */
    const said = { online: '', stopped: '', connecting: texts.connecting, waiting, displaced: texts.displaced, refused: texts.refused, unauthorized: texts.unauthorized };
    this.#bar.hidden = !said[name];
    this.#bar.dataset.state = name;
    setText(this.#text, said[name]);
    this.#button.hidden = name !== 'waiting' && name !== 'displaced';
    setText(this.#button, name === 'displaced' ? texts.useHere : texts.tryNow);
  }

  #failed() {
    setText(this.#failure, this.#context.texts.storageFailed);
    this.#failure.hidden = false;
  }
}
