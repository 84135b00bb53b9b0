const PATIENCE_MS = 700;
const TICK_MS = 1000;
const byId = (id) => document.getElementById(id);

/** Tells when the page is not connected, and offers what the person can do about it. */
export class ConnectionBanner {
  #root = byId('connection-banner');
  #failure = byId('failure-banner');
  #elsewhere = byId('elsewhere');
  #connection;
  #timer;
  #wasOnline = false;

  /** @param actions `useHere()` takes the connection back from another tab */
  constructor(chat, actions) {
    this.#connection = chat.connection;
    this.#root.querySelector('button').addEventListener('click', () => this.#act());
    this.#failure.querySelector('button').addEventListener('click', () => (this.#failure.hidden = true));
    this.#elsewhere.querySelector('button').addEventListener('click', () => actions.useHere());
    this.#elsewhere.addEventListener('cancel', (event) => event.preventDefault());
    chat.on('state', (state) => this.#changed(state));
    chat.on('failed', (text) => this.#fail(text));
  }

  #changed(state) {
    clearInterval(this.#timer);
    if (state === 'online') {
      this.#wasOnline = true;
      this.#root.hidden = true;
      return;
    }
    if (state === 'displaced') this.#elsewhere.showModal();
    if (state === 'connecting' && this.#root.hidden) this.#timer = setTimeout(() => this.#show(), PATIENCE_MS);
    else if (state === 'connecting' || state === 'waiting' || state === 'refused') this.#show();
    if (state === 'waiting') this.#timer = setInterval(() => this.#show(), TICK_MS);
  }

  #show() {
    const { state, retryAt, closeCode } = this.#connection;
    this.#root.hidden = false;
    this.#root.querySelector('button').hidden = state === 'connecting';
    this.#root.querySelector('button').textContent = state === 'refused' ? 'Reload' : 'Try now';
    this.#root.querySelector('span').textContent = sentence(state, retryAt, closeCode, this.#wasOnline);
  }

  #act() {
    if (this.#connection.state === 'refused') location.reload();
    else this.#connection.retryNow();
  }

  #fail(text) {
    this.#failure.querySelector('span').textContent = text;
    this.#failure.hidden = false;
  }
}

function sentence(state, retryAt, closeCode, wasOnline) {
  if (state === 'connecting') return wasOnline ? 'Reconnecting…' : 'Connecting…';
  if (state === 'refused') return `The server does not understand this page (${closeCode}). It may have been updated.`;
  const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  return `Not connected. What you write is kept and sent later. Next try in ${seconds} s.`;
}
