/** @import { DuetClient } from '../duet-client.js' */

const WORKER = 'push-worker.js';
const REGISTERED = 'duet.push';

/** @typedef {'impossible' | 'denied' | 'off' | 'on'} PushState */

/**
 * Notifications of this device while no page is open. Nobody is asked for them but by {@link turnOn}, upon a click. The browser's
 * subscription is the `push_token` of this device; when either has changed since, the server is told at the next visit.
 */
export class Push {
  #client;

  /** @param {() => DuetClient | null} client */
  constructor(client) {
    this.#client = client;
    if (!this.#supported) return;
    document.addEventListener('visibilitychange', () => this.#tidy());
    this.#tidy();
  }

  get #supported() {
    return isSecureContext && 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
  }

  /** @returns {Promise<PushState>} */
  async state() {
    if (!this.#supported) return 'impossible';
    if (Notification.permission === 'denied') return 'denied';
    if ((await this.#subscription()) && Notification.permission === 'granted') return 'on';
    return (await this.#key()) ? 'off' : 'impossible';
  }

  /** To be called upon a click: browsers ask the person. @returns {Promise<PushState>} */
  async turnOn() {
    if ((await Notification.requestPermission()) !== 'granted') return this.state();
    await navigator.serviceWorker.register(/** @type {any} */ (trusted(WORKER)));
    const registration = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: await this.#key() };
    const subscription = await registration.pushManager.subscribe(options).catch(async (error) => {
      // One with another key: the server's database is another one than it was
      if (error.name !== 'InvalidStateError') throw error;
      await (await registration.pushManager.getSubscription())?.unsubscribe();
      return registration.pushManager.subscribe(options);
    });
    await this.#register(subscription);
    return this.state();
  }

  /** @returns {Promise<PushState>} */
  async turnOff() {
    await this.forget();
    const device = await this.#device();
    if (device) await this.#client()?.rest.patch(`devices/${device}`, { push_token: null });
    return this.state();
  }

  /** Without a word to the server: the subscription ends, which it learns from the push service. */
  async forget() {
    localStorage.removeItem(REGISTERED);
    await (await this.#subscription())?.unsubscribe();
  }

  /** To be called at every visit: subscriptions may change while the page is closed, and devices be registered anew. */
  async keep() {
    const subscription = this.#supported && Notification.permission === 'granted' ? await this.#subscription() : null;
    if (subscription) await this.#register(subscription);
  }

  /** @param {PushSubscription} subscription */
  async #register(subscription) {
    const device = await this.#device();
    const registered = JSON.stringify([device, subscription]);
    if (!device || localStorage.getItem(REGISTERED) === registered) return;
    await this.#client()?.rest.patch(`devices/${device}`, { push_token: JSON.stringify(subscription) });
    localStorage.setItem(REGISTERED, registered);
  }

  async #device() {
    return this.#client()?.parts.device.id();
  }

  /** The server's public key; undefined where it sends no pushes. @returns {Promise<string | undefined>} */
  async #key() {
    try {
      return (await this.#client()?.rest.get('push/key'))?.public_key;
    } catch (error) {
      if (/** @type {any} */ (error).status === 404) return undefined;
      throw error;
    }
  }

  async #registration() {
    return this.#supported ? navigator.serviceWorker.getRegistration() : undefined;
  }

  async #subscription() {
    return (await (await this.#registration())?.pushManager.getSubscription()) ?? null;
  }

  /** Who looks at the page needs no notifications. */
  async #tidy() {
    if (document.visibilityState !== 'visible') return;
    const shown = await (await this.#registration())?.getNotifications();
    shown?.forEach((notification) => notification.close());
  }
}

/** The page allows scripts from here only (Trusted Types). @param {string} script */
function trusted(script) {
  const { trustedTypes } = /** @type {any} */ (window);
  const policy = trustedTypes?.createPolicy('duet-push-worker', { createScriptURL: (/** @type {string} */ url) => (url === WORKER ? url : '') });
  return policy ? policy.createScriptURL(script) : script;
}
