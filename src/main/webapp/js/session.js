import { Events } from './events.js';
import { Rest } from './rest.js';

const KEY = 'duet.session';
const RENEW_AT_SHARE_OF_LIFE = 0.75;
const RENEWAL_RETRY_MS = 30_000;
const LONGEST_TIMER_MS = 12 * 3600_000;

/**
 * Who is signed in on this browser profile, and the token that proves it. Kept in localStorage, so a reload or another
 * tab finds it; renewed well before it expires.
 *
 * Events: `renewed` (new token), `ended` (text for the person: the token no longer counts), `replaced` (another tab
 * signed out or signed somebody else in).
 */
export class Session extends Events {
  #record;
  #timer;
  #ended = false;

  constructor(record) {
    super();
    this.#record = record;
    this.rest = new Rest(
      () => this.token,
      (refused) => refused === this.token && this.end('Your session has ended. Please sign in again.'),
    );
    addEventListener('storage', this.#stored);
  }

  static restore() {
    const record = readRecord();
    return record ? new Session(record) : null;
  }

  static async register(username, email, password) {
    await new Rest().post('users', { username, email, password });
    return Session.signIn(username, password);
  }

  static async signIn(username, password) {
    const answer = await new Rest().post('sessions', { username, password });
    const record = {
      userId: answer.user_id,
      username,
      token: answer.access_token,
      issuedAt: Date.now(),
      expiresAt: Date.now() + answer.expires_in * 1000,
    };
    localStorage.setItem(KEY, JSON.stringify(record));
    return new Session(record);
  }

  get userId() {
    return this.#record.userId;
  }

  get username() {
    return this.#record.username;
  }

  get token() {
    return this.#record.token;
  }

  get isExpired() {
    return Date.now() >= this.#record.expiresAt;
  }

  /** From now on the token is renewed in time. */
  keepAlive() {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    const { issuedAt, expiresAt } = this.#record;
    const due = issuedAt + (expiresAt - issuedAt) * RENEW_AT_SHARE_OF_LIFE;
    this.#timer = setTimeout(() => this.renew(), Math.min(Math.max(due - Date.now(), 0), LONGEST_TIMER_MS));
  }

  async renew() {
    if (this.isExpired) return this.end('Your session has ended. Please sign in again.');
    const { issuedAt, expiresAt } = this.#record;
    if (Date.now() < issuedAt + (expiresAt - issuedAt) * RENEW_AT_SHARE_OF_LIFE) return this.keepAlive();
    try {
      const answer = await this.rest.post('sessions/renewal');
      this.#keep({
        ...this.#record,
        token: answer.access_token,
        issuedAt: Date.now(),
        expiresAt: Date.now() + answer.expires_in * 1000,
      });
      this.keepAlive();
      this.emit('renewed', this.token);
    } catch {
      if (!this.#ended) this.#timer = setTimeout(() => this.renew(), RENEWAL_RETRY_MS * (0.5 + Math.random()));
    }
  }

  /** Revokes the session everywhere. The person is signed out here even if the server cannot be reached. */
  async signOut() {
    try {
      await this.rest.delete('sessions');
    } finally {
      this.close();
      localStorage.removeItem(KEY);
    }
  }

  /** The token no longer counts. What the person wrote stays in the browser for the next sign-in. */
  end(reason) {
    if (this.#ended) return;
    this.close();
    if (readRecord()?.token === this.token) localStorage.removeItem(KEY);
    this.emit('ended', reason);
  }

  close() {
    this.#ended = true;
    clearTimeout(this.#timer);
    removeEventListener('storage', this.#stored);
  }

  #keep(record) {
    this.#record = record;
    localStorage.setItem(KEY, JSON.stringify(record));
  }

  #stored = (event) => {
    if (event.key !== KEY && event.key !== null) return;
    const record = readRecord();
    if (record?.userId !== this.userId) return this.emit('replaced');
    if (record.token === this.token) return;
    this.#record = record;
    this.keepAlive();
    this.emit('renewed', this.token);
  };
}

function readRecord() {
  try {
    const record = JSON.parse(localStorage.getItem(KEY));
    return record && record.userId && record.token ? record : null;
  } catch {
    return null;
  }
}
