import { Events } from './events.js';
import { randomUuid } from './uuid.js';

const ASK_EVERY_MS = 4_000;
const MOST_UNANSWERED = 2;

/**
 * The tabs of one browser profile that use the same account: one of them leads, which is to say that it holds the
 * connection; what it learns it tells the others, and they ask it to send. Leading is a Web Lock: when the tab is closed or
 * crashes the next one gets it. When it is frozen it lets go, and if it could not, a tab that somebody looks at takes the lock away
 * from it after two questions without an answer.
 *
 * Where there are no Web Locks (outside a browser, or on a page that did not come over TLS) every tab leads; the server then
 * lets the latest one have the connection (4409).
 *
 * Events: `lead`, `follow` (this tab has lost the lead), `told` (another tab says something).
 *
 * @extends {Events<{ lead: undefined, follow: undefined, told: any }>}
 */
export class Tabs extends Events {
  #name;
  #id = randomUuid();
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** @type {AbortController | null} */
  #queue = null;
  /** @type {(() => void) | null} gives the lock back */
  #release = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #unanswered = 0;
  #running = false;
  /** @type {Map<string, boolean>} */
  #looking = new Map();

  leads = false;

  /** @param {string} name @param {boolean} [shared] false: this is the only tab */
  constructor(name, shared = true) {
    super();
    this.#name = name;
    this.isShared = shared && 'document' in globalThis && 'locks' in navigator && 'BroadcastChannel' in globalThis;
  }

  start() {
    this.#running = true;
    if (!this.isShared) return this.#become(true);
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#heard(data);
    document.addEventListener('visibilitychange', this.#visibility);
    document.addEventListener('freeze', this.#letGo);
    document.addEventListener('resume', this.#queueUp);
    addEventListener('pageshow', this.#queueUp);
    addEventListener('pagehide', this.#letGo);
    this.#timer = setInterval(() => this.#ask(), ASK_EVERY_MS);
    this.#queueUp();
  }

  stop() {
    if (!this.#running) return;
    this.#running = false;
    this.#letGo();
    clearInterval(this.#timer);
    if (!this.isShared) return;
    document.removeEventListener('visibilitychange', this.#visibility);
    document.removeEventListener('freeze', this.#letGo);
    document.removeEventListener('resume', this.#queueUp);
    removeEventListener('pageshow', this.#queueUp);
    removeEventListener('pagehide', this.#letGo);
    this.#channel?.close();
    this.#channel = null;
  }

  /** Says something to all other tabs. @param {object} message */
  tell(message) {
    this.#channel?.postMessage({ from: this.#id, message });
  }

  /** Whether the person looks at one of the tabs. */
  get isLookedAt() {
    return isVisible() || [...this.#looking.values()].some(Boolean);
  }

  #queueUp = () => {
    if (this.#running) this.#visibility();
    if (!this.#running || this.#queue || this.leads) return;
    const queue = (this.#queue = new AbortController());
    this.#hold({ signal: queue.signal });
  };

  /** @param {LockOptions} options */
  #hold(options) {
    const held = () => {
      this.#queue = null;
      if (!this.#running) return;
      this.#become(true);
      return new Promise((/** @type {(nothing: void) => void} */ release) => (this.#release = release));
    };
    navigator.locks.request(this.#name, options, held).catch(() => this.#lost(options));
  }

  /** The lock was taken away from this tab, or this tab left the queue. @param {LockOptions} options */
  #lost({ signal }) {
    if (signal?.aborted) return;
    this.#release = null;
    this.#become(false);
    this.#queueUp();
  }

  #letGo = () => {
    this.#say('gone');
    this.#queue?.abort();
    this.#queue = null;
    this.#become(false);
    this.#release?.();
    this.#release = null;
  };

  #takeAway() {
    this.#queue?.abort();
    this.#queue = null;
    this.#hold({ steal: true });
  }

  /** Somebody who looks at a tab that does not lead wants to know whether the leader is still there. */
  #ask() {
    if (this.leads || !this.#running || !isVisible()) {
      this.#unanswered = 0;
    } else if (this.#unanswered >= MOST_UNANSWERED) {
      this.#unanswered = 0;
      this.#takeAway();
    } else {
      this.#unanswered++;
      this.#say('are-you-there');
    }
  }

  /** @param {string} signal */
  #say(signal) {
    this.#channel?.postMessage({ from: this.#id, signal, visible: isVisible() });
  }

  #visibility = () => {
    this.#say('visibility');
  };

  /** @param {{ from: string, signal?: string, visible?: boolean, message?: any }} data */
  #heard({ from, signal, visible, message }) {
    if (signal === 'leader') this.#unanswered = 0;
    if (signal === 'gone') this.#looking.delete(from);
    if (signal === 'visibility' || signal === 'are-you-there') this.#looking.set(from, Boolean(visible));
    if (signal === 'are-you-there' && this.leads) this.#say('leader');
    if (message !== undefined) this.emit('told', message);
  }

  /** @param {boolean} leads */
  #become(leads) {
    if (this.leads === leads) return;
    this.leads = leads;
    this.emit(leads ? 'lead' : 'follow');
  }
}

function isVisible() {
  return globalThis.document?.visibilityState === 'visible';
}
