import { TABLES } from './storage.js';
/** @import { Key, Storage, Table, Transaction } from './storage.js' */

const VERSION = 1;
const ERASE_DEADLINE_MS = 3_000;

/**
 * The storage of a browser profile, shared by all its tabs: transactions of all of them run one after another.
 *
 * @implements {Storage}
 */
export class IndexedDbStorage {
  #database;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
    database.onversionchange = () => database.close();
  }

  /** @param {string} name @returns {Promise<IndexedDbStorage>} */
  static open(name) {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(name, VERSION);
      request.onupgradeneeded = () => TABLES.forEach((table) => request.result.createObjectStore(table));
      request.onsuccess = () => resolve(new IndexedDbStorage(request.result));
      request.onerror = () => reject(request.error);
    });
  }

  /** @template T @param {(transaction: Transaction) => Promise<T>} work @returns {Promise<T>} */
  update(work) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(TABLES, 'readwrite', { durability: 'strict' });
      /** @type {T} */
      let result;
      /** @type {unknown} */
      let failure;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(failure ?? transaction.error);
      const tables = /** @param {Table} table */ (table) => transaction.objectStore(table);
      work({
        get: (table, key) => answer(tables(table).get(key)),
        put: (table, key, value) => void tables(table).put(value, key),
        delete: (table, from, to) => void tables(table).delete(to === undefined ? from : IDBKeyRange.bound(from, to)),
      }).then(
        (value) => (result = value),
        (error) => {
          failure = error;
          transaction.abort();
        },
      );
    });
  }

  /** @param {Table} table @param {Key} key */
  get(table, key) {
    return answer(this.#table(table).get(key));
  }

  /** @param {Table} table @param {Key} [from] @param {Key} [to] */
  list(table, from, to) {
    return answer(this.#table(table).getAll(bounds(from, to)));
  }

  close() {
    this.#database.close();
  }

  /** A tab that does not answer keeps the database itself from going, but not what is in it. */
  async erase() {
    const { name } = this.#database;
    const cleared = this.#clear().catch(() => {});
    this.close();
    await cleared;
    await new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = request.onerror = resolve;
      setTimeout(resolve, ERASE_DEADLINE_MS);
    });
  }

  /** @returns {Promise<void>} */
  #clear() {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(TABLES, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      TABLES.forEach((table) => transaction.objectStore(table).clear());
    });
  }

  /** @param {Table} table */
  #table(table) {
    return this.#database.transaction(table).objectStore(table);
  }
}

/** @param {Key} [from] @param {Key} [to] */
function bounds(from, to) {
  if (from !== undefined && to !== undefined) return IDBKeyRange.bound(from, to);
  if (from !== undefined) return IDBKeyRange.lowerBound(from);
  return to === undefined ? undefined : IDBKeyRange.upperBound(to);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
