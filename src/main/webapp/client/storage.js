/**
 * Where the library keeps what must survive a restart. Four tables; a key is a string, or a string and a number.
 *
 * `messages`       by [conversation_id, sequence_number]
 * `ranges`         by conversation_id: what of it is in `messages` without a gap
 * `outbox`         by client_message_id: written here, not confirmed
 * `conversations`  by conversation_id: the list as last seen
 * `meta`           by name: who this is, which device
 *
 * @typedef {'messages' | 'ranges' | 'outbox' | 'conversations' | 'meta'} Table
 * @typedef {string | [string, number]} Key
 *
 * @typedef {object} Transaction
 * @property {(table: Table, key: Key) => Promise<any>} get undefined where there is nothing
 * @property {(table: Table, key: Key, value: any) => void} put
 * @property {(table: Table, from: Key, to?: Key) => void} delete one key, or all from one to the other
 *
 * @typedef {object} Storage
 * @property {<T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>} update runs `work`, which may await nothing but
 *   the transaction's own answers; one at a time for everybody who uses the same storage. When the promise is fulfilled all
 *   its changes are durable; when it is rejected none is made
 * @property {(table: Table, key: Key) => Promise<any>} get
 * @property {(table: Table, from?: Key, to?: Key) => Promise<any[]>} list values in ascending order of their keys, both ends
 *   included
 * @property {() => void} close
 * @property {() => Promise<void>} erase everything, for good; closes
 */

/** @type {Table[]} */
export const TABLES = ['messages', 'ranges', 'outbox', 'conversations', 'meta'];

/**
 * Keeps everything in memory: for tests, and for programs that need not survive a restart.
 *
 * @implements {Storage}
 */
export class MemoryStorage {
  /** @type {Map<string, Map<string, { key: Key, value: any }>>} */
  #tables = new Map(TABLES.map((table) => [table, new Map()]));
  /** @type {Promise<any>} */
  #turn = Promise.resolve();

  /** @template T @param {(transaction: Transaction) => Promise<T>} work @returns {Promise<T>} */
  update(work) {
    const run = this.#turn.then(() => this.#run(work));
    this.#turn = run.catch(() => {});
    return run;
  }

  /** @template T @param {(transaction: Transaction) => Promise<T>} work @returns {Promise<T>} */
  async #run(work) {
    /** @type {Change[]} */
    const changes = [];
    const result = await work({
      get: async (table, key) => latest(changes, table, key) ?? this.get(table, key),
      put: (table, key, value) => void changes.push({ table, from: key, value }),
      delete: (table, from, to = from) => void changes.push({ table, from, to }),
    });
    await this.keep(changes);
    changes.forEach((change) => this.apply(change));
    return result;
  }

  /** Makes changes durable before they count. @param {Change[]} changes @returns {Promise<void>} */
  async keep(changes) {
    void changes;
  }

  /** @param {Change} change */
  apply({ table, from, to, value }) {
    const rows = this.#rows(table);
    if (to === undefined) rows.set(text(from), { key: from, value: structuredClone(value) });
    else if (text(from) === text(to)) rows.delete(text(from));
    else for (const [name, { key }] of rows) if (compare(from, key) <= 0 && compare(key, to) <= 0) rows.delete(name);
  }

  /** Everything, as the changes that would make it. @returns {Change[]} */
  contents() {
    return TABLES.flatMap((table) => [...this.#rows(table).values()].map(({ key, value }) => ({ table, from: key, value })));
  }

  /** @param {Table} table @param {Key} key */
  async get(table, key) {
    return structuredClone(this.#rows(table).get(text(key))?.value);
  }

  /** @param {Table} table @param {Key} [from] @param {Key} [to] */
  async list(table, from, to) {
    return [...this.#rows(table).values()]
      .filter(({ key }) => (from === undefined || compare(from, key) <= 0) && (to === undefined || compare(key, to) <= 0))
      .sort((a, b) => compare(a.key, b.key))
      .map(({ value }) => structuredClone(value));
  }

  close() {}

  async erase() {
    for (const rows of this.#tables.values()) rows.clear();
  }

  /** @param {Table} table */
  #rows(table) {
    const rows = this.#tables.get(table);
    if (!rows) throw new TypeError(`no table ${table}`);
    return rows;
  }
}

/** @typedef {{ table: Table, from: Key, to?: Key, value?: any }} Change a put, or with `to` a removal */

/** @param {Change[]} changes @param {Table} table @param {Key} key */
function latest(changes, table, key) {
  return changes.findLast((change) => change.table === table && change.to === undefined && text(change.from) === text(key))
    ?.value;
}

/** @param {Key} key */
const text = (key) => JSON.stringify(key);

/** @param {Key} a @param {Key} b */
function compare(a, b) {
  const [first, second] = [[a].flat(), [b].flat()];
  for (let at = 0; at < Math.max(first.length, second.length); at++) {
    const [left, right] = [first[at] ?? '', second[at] ?? ''];
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}
