/**
 * What this browser profile holds of one user's conversations, in IndexedDB. A message counts as persisted, and may be
 * acknowledged, when the promise of its transaction is fulfilled.
 *
 * `messages`       by (conversation, sequence)
 * `ranges`         per conversation `low` … `high`: every sequence between them is in `messages`, without a gap
 * `outbox`         what was written here and is not confirmed, by client_message_id
 * `conversations`  the list as last seen, so that the page shows it before the server answers
 */
const VERSION = 1;
const databaseName = (userId) => `duet-${userId}`;

export class Store {
  #database;
  #ranges = new Map();
  #turn = Promise.resolve();

  static async open(userId) {
    const store = new Store();
    store.#database = await openDatabase(databaseName(userId));
    for (const range of await store.#all('ranges')) store.#ranges.set(range.conversation_id, range);
    return store;
  }

  /** Everything of this user leaves the browser. */
  static erase(userId) {
    return new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(databaseName(userId));
      request.onsuccess = request.onerror = request.onblocked = () => resolve();
    });
  }

  close() {
    this.#database.close();
  }

  /** `{ low, high }` or undefined. An empty conversation that is held from its start has `low` 1 and `high` 0. */
  range(conversationId) {
    return this.#ranges.get(conversationId);
  }

  ranges() {
    return [...this.#ranges.values()];
  }

  /** Runs `work` when nobody else is between reading a range and moving it. */
  exclusively(work) {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => {});
    return run;
  }

  /**
   * In one transaction: stores the messages, moves the ranges, and removes from the outbox what is now confirmed.
   */
  async save(messages, ranges, confirmed = []) {
    await this.#write(['messages', 'ranges', 'outbox'], (tables) => {
      for (const message of messages) tables.messages.put(message);
      for (const range of ranges) tables.ranges.put(range);
      for (const clientMessageId of confirmed) tables.outbox.delete(clientMessageId);
    });
    for (const range of ranges) this.#ranges.set(range.conversation_id, range);
  }

  /** Ascending, both ends included. */
  async messages(conversationId, from, to) {
    if (from > to) return [];
    const keys = IDBKeyRange.bound([conversationId, from], [conversationId, to]);
    return answer(this.#database.transaction('messages').objectStore('messages').getAll(keys));
  }

  /** Forgets the messages of a conversation whose gap is too wide to be worth filling. */
  async forget(conversationId) {
    this.#ranges.delete(conversationId);
    await this.#write(['messages', 'ranges'], (tables) => {
      tables.messages.delete(IDBKeyRange.bound([conversationId, 0], [conversationId, Number.MAX_SAFE_INTEGER]));
      tables.ranges.delete(conversationId);
    });
  }

  /** In the order of writing. */
  async outgoing() {
    return (await this.#all('outbox')).sort((a, b) => a.written_at - b.written_at || a.position - b.position);
  }

  putOutgoing(entry) {
    return this.#write(['outbox'], (tables) => tables.outbox.put(entry));
  }

  deleteOutgoing(clientMessageId) {
    return this.#write(['outbox'], (tables) => tables.outbox.delete(clientMessageId));
  }

  conversations() {
    return this.#all('conversations');
  }

  putConversations(conversations) {
    return this.#write(['conversations'], (tables) => {
      for (const conversation of conversations) tables.conversations.put(conversation);
    });
  }

  #all(table) {
    return answer(this.#database.transaction(table).objectStore(table).getAll());
  }

  #write(names, change) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(names, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      change(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
    });
  }
}

function openDatabase(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      const database = request.result;
      database.createObjectStore('messages', { keyPath: ['conversation_id', 'sequence_number'] });
      database.createObjectStore('ranges', { keyPath: 'conversation_id' });
      database.createObjectStore('outbox', { keyPath: 'client_message_id' });
      database.createObjectStore('conversations', { keyPath: 'conversation_id' });
    };
    request.onsuccess = () => {
      const database = request.result;
      database.onversionchange = () => database.close();
      resolve(database);
    };
    request.onerror = () => reject(request.error);
  });
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
