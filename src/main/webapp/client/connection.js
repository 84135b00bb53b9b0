import { Events } from './events.js';
import { afterClose } from './reconnect.js';
/** @import { Servers } from './servers.js' */
/** @import { Frame, State } from './types.js' */

const CONNECT_DEADLINE_MS = 15_000;
const PONG_DEADLINE_MS = 10_000;
const OF_USE_AFTER_MS = 10_000;
const NO_CLOSE_FRAME = { code: 1006, reason: '' };

/**
 * The one WebSocket to the server: opens it, says `connect`, keeps it alive and opens it again after a close, at the next
 * node if there are several.
 *
 * @extends {Events<{ state: State, frame: Frame, connected: Frame, disconnected: undefined }>}
 */
export class Connection extends Events {
  #servers;
  #hello;
  #WebSocket;
  /** @type {WebSocket | null} */
  #socket = null;
  #attempts = 0;
  #onlineSince = 0;
  /** @type {number | undefined} */
  #reconnectDelay;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();

  /** @type {State} */
  state = { name: 'stopped' };

  /**
   * @param {Servers} servers
   * @param {() => Promise<Frame>} hello makes the `connect` frame; it is asked anew for each connection
   * @param {typeof WebSocket} [webSocket]
   */
  constructor(servers, hello, webSocket = WebSocket) {
    super();
    this.#servers = servers;
    this.#hello = hello;
    this.#WebSocket = webSocket;
  }

  get isOnline() {
    return this.state.name === 'online';
  }

  start() {
    globalThis.addEventListener?.('online', this.retryNow);
    globalThis.addEventListener?.('offline', this.#probe);
    globalThis.document?.addEventListener('visibilitychange', this.#visible);
    this.#open();
  }

  stop() {
    globalThis.removeEventListener?.('online', this.retryNow);
    globalThis.removeEventListener?.('offline', this.#probe);
    globalThis.document?.removeEventListener('visibilitychange', this.#visible);
    this.#drop();
    this.#become({ name: 'stopped' });
    this.emit('disconnected');
  }

  /** Cuts the back-off short; a connection that looks well is asked whether it is. */
  retryNow = () => {
    if (this.state.name === 'waiting') this.#open();
    else this.#probe();
  };

  #probe = () => {
    if (this.isOnline) this.#pingAfter(0);
  };

  /** False when there is no connection: the caller keeps what it wanted to say. @param {Frame} frame */
  send(frame) {
    if (!this.isOnline || this.#socket?.readyState !== this.#WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** For a connection that looks dead: closes it and opens another. */
  restart() {
    if (this.isOnline && this.#socket) this.#closed(this.#socket, NO_CLOSE_FRAME);
  }

  #visible = () => {
    if (document.visibilityState === 'visible') this.retryNow();
  };

  #open() {
    this.#drop();
    this.#become({ name: 'connecting', closeCode: this.state.closeCode });
    const server = this.#servers.current;
    const url = new URL('chat', server);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new this.#WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#greet(socket));
    socket.addEventListener('message', ({ data }) => socket === this.#socket && this.#received(data));
    socket.addEventListener('close', (close) => this.#closed(socket, close));
    // Without it Node.js ends the process; what matters is said by `close`
    socket.addEventListener('error', () => {});
    this.#after('deadline', CONNECT_DEADLINE_MS, () => this.#closed(socket, NO_CLOSE_FRAME));
  }

  /** @param {WebSocket} socket */
  async #greet(socket) {
    try {
      const frame = await this.#hello();
      if (socket === this.#socket) socket.send(JSON.stringify(frame));
    } catch {
      this.#closed(socket, NO_CLOSE_FRAME);
    }
  }

  /** @param {string} data */
  #received(data) {
    const frame = JSON.parse(data);
    if (frame.event === 'connected') this.#connected(frame);
    if (frame.event === 'pong') this.#pingAfter(this.#heartbeatMs);
    this.emit('frame', frame);
  }

  #heartbeatMs = 0;

  /** @param {Frame} frame */
  #connected(frame) {
    this.#cancel('deadline');
    this.#onlineSince = Date.now();
    this.#reconnectDelay = frame.reconnect_delay;
    this.#heartbeatMs = frame.heartbeat_interval * 1000;
    this.#pingAfter(this.#heartbeatMs);
    this.#become({ name: 'online' });
    this.emit('connected', frame);
  }

  /**
   * Each ping is timed from the answer to the one before: browsers let a timer that was set by a timer wait for a minute in a
   * hidden page, but not one that was set when a frame came.
   *
   * @param {number} delayMs
   */
  #pingAfter(delayMs) {
    this.#cancel('pong');
    this.#after('ping', delayMs, () => {
      this.send({ action: 'ping' });
      this.#after('pong', PONG_DEADLINE_MS, () => this.restart());
    });
  }

  /** @param {WebSocket} socket @param {{ code: number, reason: string }} close */
  #closed(socket, { code, reason }) {
    if (socket !== this.#socket) return;
    if (this.isOnline && Date.now() - this.#onlineSince > OF_USE_AFTER_MS) this.#attempts = 0;
    this.#drop();
    const next = afterClose({ code, reason }, this.#attempts, this.#reconnectDelay);
    this.#attempts++;
    if (next.state === 'waiting') this.#servers.leave(this.#servers.current);
    const delayMs = (next.delay ?? 0) * 1000;
    if (next.state === 'waiting') this.#after('retry', delayMs, () => this.#open());
    this.#become({ name: next.state, closeCode: code, ...(next.delay && { retryAt: Date.now() + delayMs }) });
    this.emit('disconnected');
  }

  /** @param {string} name @param {number} delayMs @param {() => void} action */
  #after(name, delayMs, action) {
    this.#cancel(name);
    this.#timers.set(name, setTimeout(action, delayMs));
  }

  /** @param {string} name */
  #cancel(name) {
    clearTimeout(this.#timers.get(name));
  }

  #drop() {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    const socket = this.#socket;
    this.#socket = null;
    if (socket && socket.readyState <= this.#WebSocket.OPEN) socket.close(1000);
  }

  /** @param {State} state */
  #become(state) {
    this.state = state;
    this.emit('state', state);
  }
}
