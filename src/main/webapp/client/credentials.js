import { claimsOf } from './claims.js';
import { Events } from './events.js';
import { ApiError } from './rest.js';
/** @import { Rest } from './rest.js' */

const RENEW_AT_SHARE_OF_LIFE = 0.75;
const RENEWAL_RETRY_MS = 30_000;
const LONGEST_TIMER_MS = 12 * 3600_000;
const OWN_ISSUER = 'duet';

/**
 * A token, or what gives a fresh one whenever it is asked. It is told the token that the server has refused, if that is why it is asked; and
 * may throw an `ApiError` of status 0 or 503 to say that it must be asked again later.
 *
 * @typedef {string | ((refused?: string | null) => string | Promise<string>)} TokenSource
 */

/**
 * The token: where it comes from, and its renewal before it expires.
 *
 * Events: `renewed` (the new token).
 *
 * @extends {Events<{ renewed: string }>}
 */
export class Credentials extends Events {
  #source;
  /** @type {string | null} */
  #token = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Rest | null} set while the token is kept alive */
  #rest = null;

  /** @type {Promise<string> | null} what was asked for and has not come */
  #fresh = null;

  /** How far the server's clock is ahead of this device's, in milliseconds. */
  serverAheadMs = 0;

  /** @param {TokenSource} source */
  constructor(source) {
    super();
    this.#source = source;
    if (typeof source === 'string') this.#token = source;
  }

  get token() {
    return this.#token;
  }

  /** The claims of the token, or an empty object if it is not a JWT. @returns {{ iss?: string, sub?: string, iat?: number, exp?: number }} */
  get claims() {
    return claimsOf(this.#token ?? '');
  }

  /** Tells people apart who sign in in different ways; undefined if the token does not say who this is. @returns {string | undefined} */
  get identity() {
    const { iss = OWN_ISSUER, sub } = this.claims;
    return sub && iss !== OWN_ISSUER ? `${iss} ${sub}` : sub;
  }

  /** A token to begin with. */
  async obtain() {
    if (this.#token === null && typeof this.#source === 'function') this.#token = await this.#source();
  }

  /** A token from outside, of the same user. @param {string} token */
  set(token) {
    if (token === this.#token) return;
    this.#token = token;
    if (this.#rest) this.keepAlive(this.#rest);
    this.emit('renewed', token);
  }

  /** The server refused `token`. Whether there is another one now. @param {string | null} token */
  async replace(token) {
    if (this.#token === token && typeof this.#source === 'function') {
      this.#fresh ??= Promise.resolve(this.#source(token)).finally(() => (this.#fresh = null));
      this.set(await this.#fresh);
    }
    return this.#token !== token;
  }

  /** From now on the token is renewed in time. One tab does it for all. @param {Rest} rest */
  keepAlive(rest) {
    this.letExpire();
    this.#rest = rest;
    const { iat, exp } = this.claims;
    if (!iat || !exp) return;
    const dueMs = (iat + (exp - iat) * RENEW_AT_SHARE_OF_LIFE) * 1000 - this.serverAheadMs;
    this.#timer = setTimeout(() => this.#renew(rest), Math.min(Math.max(dueMs - Date.now(), 0), LONGEST_TIMER_MS));
  }

  /** Nothing is renewed any more. */
  letExpire() {
    clearTimeout(this.#timer);
    this.#rest = null;
  }

  /** @param {Rest} rest */
  async #renew(rest) {
    const { iat = 0, exp = 0 } = this.claims;
    if (Date.now() + this.serverAheadMs < (iat + (exp - iat) * RENEW_AT_SHARE_OF_LIFE) * 1000) return this.keepAlive(rest);
    try {
      const token = typeof this.#source === 'function' ? await this.#source() : (await rest.post('sessions/renewal')).access_token;
      if (token === this.#token) throw new TypeError('the token that was to be renewed came again');
      if (this.#rest) this.set(token);
    } catch (error) {
      const refused = error instanceof ApiError && (error.status === 401 || error.status === 403);
      if (this.#rest && !refused) this.#timer = setTimeout(() => this.#renew(rest), RENEWAL_RETRY_MS * (0.5 + Math.random()));
    }
  }
}
