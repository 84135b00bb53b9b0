import { Events } from './events.js';
import { afterClose } from './reconnect.js';

const CONNECT_DEADLINE_MS = 15_000;
const SILENCE_GRACE_MS = 10_000;

/**
 * The one WebSocket to the server: opens it, says `connect`, keeps it alive and opens it again after a close.
 *
 * Events: `state` (see below), `frame` (every frame after `connected`), `connected` (that frame), `disconnected`.
 * States: `idle`, `connecting`, `online`, `waiting` (until `retryAt`), `displaced`, `refused`, `ended`.
 */
export class Connection extends Events {
  #url;
  #hello;
  #socket = null;
  #attempts = 0;
  #reconnectDelay;
  #timers = {};
  #heardAt = 0;

  state = 'idle';
  retryAt = 0;
  closeCode = null;

  /** @param hello makes the `connect` frame (a promise); it is asked anew for each connection */
  constructor(hello) {
    super();
    this.#hello = hello;
    this.#url = new URL('chat', document.baseURI);
    this.#url.protocol = this.#url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#url.search = '';
    this.#url.hash = '';
  }

  start() {
    addEventListener('online', this.retryNow);
    document.addEventListener('visibilitychange', this.#visible);
    this.#open();
  }

  stop() {
    removeEventListener('online', this.retryNow);
    document.removeEventListener('visibilitychange', this.#visible);
    this.#become('idle');
    this.#drop();
  }

  /** Cuts the back-off short. */
  retryNow = () => {
    if (this.state === 'waiting') this.#open();
  };

  /** False when there is no connection: the caller keeps what it wanted to say. */
  send(frame) {
    if (this.state !== 'online') return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** For a connection that looks dead: closes it and opens another. */
  restart() {
    if (this.state === 'online') this.#closed(this.#socket, { code: 1006, reason: '' });
  }

  #visible = () => {
    if (document.visibilityState === 'visible') this.retryNow();
  };

  #open() {
    this.#drop();
    this.#become('connecting');
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#greet(socket));
    socket.addEventListener('message', ({ data }) => socket === this.#socket && this.#received(data));
    socket.addEventListener('close', (close) => this.#closed(socket, close));
    this.#timers.deadline = setTimeout(() => this.#closed(socket, { code: 1006, reason: '' }), CONNECT_DEADLINE_MS);
  }

  async #greet(socket) {
    try {
      const frame = await this.#hello();
      if (socket === this.#socket) socket.send(JSON.stringify(frame));
    } catch {
      this.#closed(socket, { code: 1006, reason: '' });
    }
  }

  #received(data) {
    this.#heardAt = Date.now();
    const frame = JSON.parse(data);
    if (frame.event === 'connected') this.#connected(frame);
    this.emit('frame', frame);
  }

  #connected(frame) {
    clearTimeout(this.#timers.deadline);
    this.#attempts = 0;
    this.#reconnectDelay = frame.reconnect_delay;
    this.#timers.heartbeat = setInterval(() => this.#beat(frame), frame.heartbeat_interval * 1000);
    this.#become('online');
    this.emit('connected', frame);
  }

  #beat(frame) {
    const silentMs = Date.now() - this.#heardAt;
    if (silentMs > frame.heartbeat_interval * 1000 + SILENCE_GRACE_MS) return this.restart();
    this.send({ action: 'ping' });
  }

  #closed(socket, { code, reason }) {
    if (socket !== this.#socket) return;
    this.#drop();
    const next = afterClose({ code, reason }, this.#attempts, this.#reconnectDelay);
    this.closeCode = code;
    this.#attempts++;
    if (next.state === 'waiting') {
      this.retryAt = Date.now() + next.delay * 1000;
      this.#timers.retry = setTimeout(() => this.#open(), next.delay * 1000);
    }
    this.#become(next.state);
    this.emit('disconnected');
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    const socket = this.#socket;
    this.#socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(1000);
  }

  #become(state) {
    this.state = state;
    this.emit('state', state);
  }
}
