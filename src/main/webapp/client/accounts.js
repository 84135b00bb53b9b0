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
