import { ApiError } from './rest.js';
/** @import { Connection } from './connection.js' */
/** @import { Credentials } from './credentials.js' */
/** @import { OwnDevice } from './device.js' */
/** @import { Rest } from './rest.js' */
/** @import { Frame, StateName } from './types.js' */

const MOST_IN_A_ROW = 3;
const RETRY_MS = 5_000;

/**
 * What to do when the server closes the door: with 4401 because of the token or because the device was removed, with 4400 after it
 * said that it does not know the device. A way back in is tried at most three times in a row, so that no loop can come of it.
 */
export class Reentry {
  #parts;
  #tries = 0;
  #deviceUnknown = false;

  /** @param {{ connection: Connection, credentials: Credentials, device: OwnDevice, rest: Rest }} parts */
  constructor(parts) {
    this.#parts = parts;
    parts.connection.on('connected', () => (this.#tries = 0));
  }

  /** @param {Frame} error */
  heard({ action, code }) {
    if (action === 'connect' && code === 'not_found') this.#deviceUnknown = true;
  }

  /** @param {StateName} closed how the connection ended @returns {Promise<'comes-back' | StateName>} */
  async after(closed) {
    if (closed === 'refused' && this.#deviceUnknown) return this.#asNewDevice();
    if (closed !== 'unauthorized') return closed;
    const { token } = this.#parts.credentials;
    if (this.#tries++ >= MOST_IN_A_ROW) return 'unauthorized';
    try {
      await this.#parts.rest.get('users/me');
      return (await this.#parts.device.isRemoved()) ? this.#asNewDevice() : this.#withNewToken(token);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) return this.#withNewToken(token);
      return this.#later();
    }
  }

  /** @param {string | null} refused */
  async #withNewToken(refused) {
    try {
      return (await this.#parts.credentials.replace(refused)) ? this.#start() : 'unauthorized';
    } catch (error) {
      const passes = error instanceof ApiError && (error.isNetwork || error.status >= 500);
      if (!passes) return 'unauthorized';
      this.#tries = 0; // who gives tokens is away, which says nothing about the session
      return this.#later();
    }
  }

  /** @returns {'comes-back'} */
  #later() {
    setTimeout(() => this.#start(), RETRY_MS * (0.5 + Math.random()));
    return 'comes-back';
  }

  async #asNewDevice() {
    this.#deviceUnknown = false;
    if (this.#tries++ >= MOST_IN_A_ROW) return 'refused';
    await this.#parts.device.forget();
    return this.#start();
  }

  /** @returns {'comes-back'} */
  #start() {
    const { connection } = this.#parts;
    if (connection.state.name === 'unauthorized' || connection.state.name === 'refused') connection.start();
    return 'comes-back';
  }
}
