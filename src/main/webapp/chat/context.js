import { setText } from './dom.js';
import { Drafts } from './drafts.js';
import { Times } from './times.js';
/** @import { DuetClient } from '../client/client.js' */
/** @import { Texts } from './texts.js' */

/** What all parts of one `<duet-chat>` share. Everything that is begun through it ends with it. */
export class Context {
  #live;
  #root;
  /** @type {(() => void)[]} */
  #ends = [];

  /**
   * @param {DuetClient} client @param {Texts} texts @param {string} locale of times and numbers, in the language of the texts
   * @param {ShadowRoot} root @param {HTMLElement} live a live region
   */
  constructor(client, texts, locale, root, live) {
    this.client = client;
    this.texts = texts;
    this.times = new Times(locale, this.texts);
    this.drafts = new Drafts(client.me.user_id);
    this.numbers = new Intl.NumberFormat(locale);
    this.#root = root;
    this.#live = live;
  }

  /** @param {() => void} end is called when the component goes */
  until(end) {
    this.#ends.push(end);
  }

  /** @param {EventTarget} target @param {string} name @param {(event: any) => void} listener */
  listen(target, name, listener) {
    target.addEventListener(name, listener);
    this.until(() => target.removeEventListener(name, listener));
  }

  /** @param {() => void} action @param {number} everyMs */
  repeat(action, everyMs) {
    const timer = setInterval(action, everyMs);
    this.until(() => clearInterval(timer));
  }

  end() {
    this.#ends.splice(0).forEach((end) => end());
  }

  /** The element with the keyboard, if it is one of the component's. */
  get focused() {
    return this.#root.activeElement;
  }

  /** Says something to those who hear the page. @param {string} text */
  announce(text) {
    setText(this.#live, '');
    setText(this.#live, text);
  }

  /** The clipboard API is missing on pages that did not come over TLS. @param {string} content */
  async copy(content) {
    if (navigator.clipboard) return navigator.clipboard.writeText(content);
    const area = document.createElement('textarea');
    area.value = content;
    this.#root.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}
