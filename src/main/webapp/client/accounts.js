import { Rest } from './rest.js';
import { Servers } from './servers.js';

/**
 * @typedef {object} SignIn
 * @property {string | URL | (string | URL)[]} server
 * @property {string} username
 * @property {string} password
 *
 * @typedef {object} Granted
 * @property {string} access_token
 * @property {number} expires_in seconds
 * @property {string} user_id
 */

/**
 * In which ways somebody may come in. Needs no token.
 *
 * @param {{ server: string | URL | (string | URL)[] }} where
 * @returns {Promise<{ local: boolean, registration: boolean, issuers: import('./oidc.js').Issuer[] }>} `local`: by `signIn`; `registration`:
 *   by `register`; `issuers`: by `beginSignIn`
 */
export function signInWays({ server }) {
  return new Rest(new Servers(server)).get('sign-in');
}

/**
 * Opens a session with a local account.
 *
 * @param {SignIn} credentials @returns {Promise<Granted>}
 * @throws {import('./rest.js').ApiError} 401 when username or password is wrong, 429 after too many failures
 */
export function signIn({ server, username, password }) {
  return new Rest(new Servers(server)).post('sessions', { username, password });
}

/**
 * Makes a local account, if the server lets anybody do that.
 *
 * @param {SignIn & { email: string }} account @returns {Promise<import('./types.js').Person>}
 */
export function register({ server, username, email, password }) {
  return new Rest(new Servers(server)).post('users', { username, email, password });
}
