import { claimsOf } from './claims.js';
import { ApiError } from './rest.js';

/**
 * Sign-in at an OpenID Connect issuer: the authorization code flow with PKCE (RFC 7636), as a public client; and the tokens that come
 * of it, kept fresh.
 *
 * @typedef {object} Issuer as `GET /api/sign-in` tells it
 * @property {string} issuer
 * @property {string} name for people
 * @property {string} client_id
 * @property {string} scope
 * @property {'access_token' | 'id_token'} token which one is shown to Duet
 * @property {string | null} authorization_endpoint null while the server has not reached the issuer
 * @property {string | null} token_endpoint
 * @property {string | null} end_session_endpoint
 * @property {string | null} revocation_endpoint
 *
 * @typedef {object} Pending what must be remembered in this tab until the person comes back. Secret
 * @property {Issuer} issuer
 * @property {string} redirectUri
 * @property {string} state
 * @property {string} nonce
 * @property {string} verifier
 *
 * @typedef {object} IssuerTokens what must be kept of a sign-in. Secret
 * @property {Issuer} issuer
 * @property {string} token the one for Duet
 * @property {string} [refreshToken]
 * @property {number} receivedAt milliseconds since 1970 by this device's clock
 */

const DEADLINE_MS = 15_000;
const LEAVE_DEADLINE_MS = 3_000;
const REFRESH_AT_SHARE_OF_LIFE = 0.6;
const ALMOST_EXPIRED_MS = 60_000;
const SECRET_BYTES = 32;

/** Why a sign-in at an issuer came to nothing. `code` is the issuer's (RFC 6749, section 4.1.2.1), or `invalid_response`. */
export class SignInError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = 'SignInError';
    this.code = code;
  }
}

/**
 * Where to send the person, and what to keep until the issuer sends her back to `redirectUri`.
 *
 * @param {Issuer} issuer @param {string} redirectUri @returns {Promise<{ address: string, pending: Pending }>}
 * @throws {SignInError} `unreachable`: the issuer is not known yet; `insecure`: this page did not come over TLS, so the browser does no cryptography
 */
export async function beginSignIn(issuer, redirectUri) {
  if (!issuer.authorization_endpoint) throw new SignInError('unreachable', 'The issuer has not been reached.');
  if (!globalThis.crypto?.subtle) throw new SignInError('insecure', 'Signing in at an issuer needs TLS.');
  const pending = { issuer, redirectUri, state: secret(), nonce: secret(), verifier: secret() };
  const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier));
  const address = new URL(issuer.authorization_endpoint);
  const asked = {
    response_type: 'code',
    client_id: issuer.client_id,
    redirect_uri: redirectUri,
    scope: issuer.scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: base64Url(new Uint8Array(challenge)),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  return { address: address.href, pending };
}

/**
 * Trades the code with which the person came back for tokens.
 *
 * @param {Pending} pending @param {URLSearchParams} answer the query of the address to which she came back @returns {Promise<IssuerTokens>}
 * @throws {SignInError} the issuer refused, or the answer is not one to this question
 * @throws {ApiError} the issuer cannot be reached
 */
export async function completeSignIn(pending, answer) {
  const { issuer, redirectUri, verifier } = pending;
  const from = answer.get('iss');
  if (answer.get('state') !== pending.state || (from !== null && from !== issuer.issuer)) throw invalid('this is no answer to our question');
  const error = answer.get('error');
  if (error) throw new SignInError(error, answer.get('error_description') ?? error);
  const code = answer.get('code');
  if (!code) throw invalid('there is no code');
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  const tokens = await ask(issuer, grant);
  if (!tokens.id_token) throw invalid('there is no ID token');
  const { iss, aud, azp, nonce } = claimsOf(tokens.id_token);
  const ours = [aud].flat().includes(issuer.client_id) && (azp === undefined || azp === issuer.client_id);
  if (iss !== issuer.issuer || !ours || nonce !== pending.nonce) throw invalid('the ID token is not for us');
  return received(issuer, tokens);
}

/** The tokens of one sign-in, wherever they are kept: all tabs use the same. */
export class IssuerSession {
  #load;
  #save;

  /** @param {() => IssuerTokens | null} load @param {(tokens: IssuerTokens) => void} save */
  constructor(load, save) {
    this.#load = load;
    this.#save = save;
  }

  /**
   * A token for Duet, refreshed in time: to be given to `DuetClient` as it is.
   *
   * @param {string | null} [refused] one that Duet has refused. If it was not about to expire, its session was ended, and so is this one
   * @returns {Promise<string>}
   * @throws {ApiError} 401: a new sign-in is needed
   */
  token = async (refused) => {
    const kept = this.#kept();
    if (refused ? kept.token !== refused : !isDue(kept)) return kept.token;
    if (refused && leftMs(kept) > ALMOST_EXPIRED_MS) throw ended();
    return alone(() => this.#refresh(kept.token, Boolean(refused)));
  };

  /** @param {string} known @param {boolean} needed whether the known one is of no use @returns {Promise<string>} */
  async #refresh(known, needed) {
    const kept = this.#kept();
    if (kept.token !== known) return kept.token;
    if (!kept.refreshToken) {
      if (needed || leftMs(kept) <= 0) throw ended();
      return known;
    }
    try {
      const tokens = await ask(kept.issuer, { grant_type: 'refresh_token', refresh_token: kept.refreshToken });
      const fresh = received(kept.issuer, { refresh_token: kept.refreshToken, ...tokens });
      if (fresh.token === known) throw ended();
      this.#save(fresh);
      return fresh.token;
    } catch (error) {
      if (error instanceof SignInError) throw ended();
      if (!needed && error instanceof ApiError && error.status !== 401) return known;
      throw error;
    }
  }

  /** Takes back what can be taken back at the issuer, as far as that succeeds within 3 s. */
  async revoke() {
    const tokens = this.#load();
    const { revocation_endpoint: endpoint, client_id } = tokens?.issuer ?? {};
    if (!endpoint || !tokens?.refreshToken) return;
    const body = new URLSearchParams({ token: tokens.refreshToken, token_type_hint: 'refresh_token', client_id: String(client_id) });
    await post(endpoint, body, LEAVE_DEADLINE_MS).catch(() => {});
  }

  /**
   * Where the issuer's own session is ended (OpenID Connect RP-Initiated Logout 1.0), if it offers that. Without the hint of an ID token,
   * which would stand in the address: an issuer may ask the person whether she means it.
   *
   * @param {string} redirectUri
   */
  signOutAddress(redirectUri) {
    const tokens = this.#load();
    if (!tokens?.issuer.end_session_endpoint) return null;
    const address = new URL(tokens.issuer.end_session_endpoint);
    address.searchParams.set('client_id', tokens.issuer.client_id);
    address.searchParams.set('post_logout_redirect_uri', redirectUri);
    return address.href;
  }

  #kept() {
    const kept = this.#load();
    if (!kept) throw ended();
    return kept;
  }
}

/** @param {Issuer} issuer @param {{ [name: string]: any }} tokens @returns {IssuerTokens} */
function received(issuer, tokens) {
  const token = tokens[issuer.token];
  if (!token || !claimsOf(token).exp) throw invalid(`there is no ${issuer.token} that is a JWT`);
  return { issuer, token, refreshToken: tokens.refresh_token, receivedAt: Date.now() };
}

/** @param {IssuerTokens} tokens */
function lifeMs({ token }) {
  const { iat = 0, exp = 0 } = claimsOf(token);
  return (exp - iat) * 1000;
}

/** By how long it lasts and when it came, so that clocks need not agree. @param {IssuerTokens} tokens */
const isDue = (tokens) => Date.now() >= tokens.receivedAt + lifeMs(tokens) * REFRESH_AT_SHARE_OF_LIFE;

/** @param {IssuerTokens} tokens */
const leftMs = (tokens) => tokens.receivedAt + lifeMs(tokens) - Date.now();

/** One tab at a time: a refresh token that is used twice is taken for stolen. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function alone(work) {
  const locks = globalThis.navigator?.locks;
  return locks ? await locks.request('duet refreshes its token', work) : work();
}

/** @param {Issuer} issuer @param {{ [name: string]: string }} grant @returns {Promise<any>} */
async function ask(issuer, grant) {
  if (!issuer.token_endpoint) throw invalid('the issuer has no token endpoint');
  const response = await post(issuer.token_endpoint, new URLSearchParams({ ...grant, client_id: issuer.client_id }), DEADLINE_MS);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status >= 500 || response.status === 429) throw new ApiError(503, 'unavailable', 'The issuer cannot serve now.');
  throw new SignInError(answer.error ?? 'invalid_response', answer.error_description ?? `The issuer answered ${response.status}.`);
}

/** @param {string} address @param {URLSearchParams} body @param {number} deadlineMs */
async function post(address, body, deadlineMs) {
  try {
    return await fetch(address, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body,
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(deadlineMs),
    });
  } catch {
    throw new ApiError(0, 'unavailable', 'The issuer cannot be reached.');
  }
}

const secret = () => base64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));

/** @param {Uint8Array} bytes */
const base64Url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** @param {string} what */
const invalid = (what) => new SignInError('invalid_response', what);

const ended = () => new ApiError(401, 'unauthorized', 'A new sign-in is needed.');
