/** @import { Rest } from './rest.js' */
/** @import { Store } from './store.js' */

const NOTE = 'device_id';

/** This installation as a device of the user: registered once, then kept in the storage. */
export class OwnDevice {
  #store;
  #rest;
  #description;

  /** @param {Store} store @param {Rest} rest @param {{ type?: string, name?: string }} description */
  constructor(store, rest, { type = 'web', name = browserName() }) {
    this.#store = store;
    this.#rest = rest;
    this.#description = { device_type: type, name };
  }

  /** Registers this installation if that has not been done. @returns {Promise<string>} its id */
  async ensure() {
    const known = await this.id();
    if (known) return known;
    const { device_id: id } = await this.#rest.post('devices', this.#description);
    await this.#store.putNote(NOTE, id);
    return id;
  }

  /** @returns {Promise<string | undefined>} */
  id() {
    return this.#store.note(NOTE);
  }

  /**
   * The next `ensure` registers anew, and begins afresh: where the server does not know this device any more, it may have been put back
   * to an older state and give out again the numbers of messages that are held here.
   */
  async forget() {
    await this.#store.forgetConversations();
    await this.#store.putNote(NOTE, undefined);
  }

  /** Whether the server no longer knows this device. @returns {Promise<boolean>} */
  async isRemoved() {
    const id = await this.id();
    const { items } = await this.#rest.get('devices', { limit: 200 });
    return !items.some((/** @type {{ device_id: string }} */ device) => device.device_id === id);
  }
}

function browserName() {
  const agent = globalThis.navigator?.userAgent ?? '';
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari', 'Node.js'].find((name) => agent.includes(`${name}/`)) ?? 'Browser';
  /** @type {{ [name: string]: string }} */
  const friendly = { Edg: 'Edge', OPR: 'Opera' };
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) => agent.includes(name));
  const name = friendly[browser] ?? browser;
  return system ? `${name} on ${system}` : name;
}
