import { element, setText } from '../chat/dom.js';
import { explain } from '../chat/texts.js';
import { ApiError } from '../client/rest.js';
/** @import { Texts } from '../chat/texts.js' */
/** @import { Times } from '../chat/times.js' */
/** @import { DuetClient } from '../duet-client.js' */
/** @import { Push, PushState } from './push.js' */

/** @typedef {{ title: string, detail: string, own: string, remove: string, action: string, path: string }} Entry */

/** Notifications on this device; devices and sessions of the person: to see, and to end. */
export class Account {
  #texts;
  #times;
  #client;
  #leave;
  #devices = element('ul', { class: 'entries' });
  #sessions = element('ul', { class: 'entries' });
  #push;
  #pushHelp = element('p', { class: 'help', role: 'status' });
  #pushButton = element('button', { type: 'button', class: 'secondary', hidden: true });
  #error = element('p', { class: 'form-error', role: 'alert', hidden: true });
  #unsent = element('p', { class: 'form-error', role: 'alert', hidden: true });
  #signOut = element('button', { type: 'button', class: 'danger' });

  /** @param {Texts} texts @param {Times} times @param {string} username @param {() => DuetClient | null} client @param {Push} push @param {() => void} leave */
  constructor(texts, times, username, client, push, leave) {
    this.#texts = texts;
    this.#times = times;
    this.#client = client;
    this.#push = push;
    this.#leave = leave;
    const close = element('button', { type: 'button', class: 'secondary', text: texts.close });
    close.addEventListener('click', () => this.element.close());
    this.#signOut.addEventListener('click', () => this.#askedToLeave());
    this.#pushButton.addEventListener('click', () => this.#turnPush());
    this.element = element(
      'dialog',
      { class: 'card account', 'aria-labelledby': 'account-name' },
      element('h2', { id: 'account-name', text: username }),
      element('h3', { text: texts.push }),
      this.#pushHelp,
      this.#pushButton,
      element('h3', { text: texts.devices }),
      element('p', { class: 'help', text: texts.devicesHelp }),
      this.#devices,
      element('h3', { text: texts.sessions }),
      element('p', { class: 'help', text: texts.sessionsHelp }),
      this.#sessions,
      this.#error,
      this.#unsent,
      element('div', { class: 'row' }, this.#signOut, close),
    );
    this.element.addEventListener('click', (/** @type {MouseEvent} */ event) => event.target === this.element && this.element.close());
  }

  open() {
    setText(this.#signOut, this.#texts.signOut);
    this.#unsent.hidden = true;
    this.element.showModal();
    this.#show();
    this.#push.state().then(
      (state) => this.#showPush(state),
      () => this.#showPush('impossible'),
    );
  }

  /** @param {PushState} state */
  #showPush(state) {
    const texts = this.#texts;
    const help = { on: texts.pushOn, off: texts.pushOff, denied: texts.pushDenied, impossible: texts.pushImpossible };
    setText(this.#pushHelp, help[state]);
    setText(this.#pushButton, state === 'on' ? texts.turnPushOff : texts.turnPushOn);
    this.#pushButton.hidden = state === 'denied' || state === 'impossible';
    this.#pushButton.dataset.state = state;
  }

  async #turnPush() {
    const isOn = this.#pushButton.dataset.state === 'on';
    this.#pushButton.disabled = true;
    try {
      this.#showPush(await (isOn ? this.#push.turnOff() : this.#push.turnOn()));
    } catch (error) {
      setText(this.#pushHelp, error instanceof ApiError ? explain(this.#texts, error) : this.#texts.pushFailed);
    } finally {
      this.#pushButton.disabled = false;
    }
  }

  async #show() {
    const client = this.#client();
    if (!client) return;
    this.#error.hidden = true;
    try {
      const [devices, sessions, own] = await Promise.all([client.rest.get('devices'), client.rest.get('sessions'), client.parts.device.id()]);
      this.#list(this.#devices, devices.items.map((/** @type {any} */ device) => this.#device(device, own ?? '')));
      this.#list(this.#sessions, sessions.items.map((/** @type {any} */ session) => this.#session(session)));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {any} device @param {string} own @returns {Entry} */
  #device({ device_id: id, name, last_active_at: active }, own) {
    const texts = this.#texts;
    const title = name ?? texts.unnamedDevice;
    const detail = texts.lastActive(this.#times.ago(new Date(active)));
    return { title, detail, own: id === own ? texts.thisDevice : '', remove: texts.remove, action: texts.removeDevice(title), path: `devices/${id}` };
  }

  /** @param {any} session @returns {Entry} */
  #session({ session_id: id, created_at: created, current }) {
    const texts = this.#texts;
    const when = this.#times.ago(new Date(created));
    return { title: texts.signedInAt(when), detail: '', own: current ? texts.thisSession : '', remove: texts.end, action: texts.endSession(when), path: `sessions/${id}` };
  }

  /** @param {HTMLElement} list @param {Entry[]} entries one's own first */
  #list(list, entries) {
    entries.sort((a, b) => Number(Boolean(b.own)) - Number(Boolean(a.own)));
    list.replaceChildren(...entries.map((entry) => this.#entry(entry)));
  }

  /** @param {Entry} entry */
  #entry({ title, detail, own, remove, action, path }) {
    const lines = element('span', { class: 'entry-lines' }, element('strong', { text: title }), detail && element('span', { text: detail }));
    if (own) return element('li', {}, lines, element('span', { class: 'own', text: own }));
    const button = element('button', { type: 'button', class: 'secondary', 'aria-label': action, text: remove });
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        await this.#client()?.rest.delete(path);
        await this.#show();
      } catch (error) {
        button.disabled = false;
        this.#fail(error);
      }
    });
    return element('li', {}, lines, button);
  }

  /** @param {any} error */
  #fail(error) {
    setText(this.#error, explain(this.#texts, error));
    this.#error.hidden = false;
  }

  /** What is not sent is told once before it is lost. */
  #askedToLeave() {
    const unsent = this.#client()?.outbox.size ?? 0;
    if (unsent && this.#unsent.hidden) {
      setText(this.#unsent, this.#texts.unsentWarning(unsent));
      this.#unsent.hidden = false;
      setText(this.#signOut, this.#texts.signOutAnyway);
      return;
    }
    this.#signOut.disabled = true;
    this.#leave();
  }
}
