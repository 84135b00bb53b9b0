/** @import { Storage, Transaction } from './storage.js' */
/** @import { Conversation, Message, Outgoing, Range } from './types.js' */

/** What is held of one user's conversations, in terms of messages: over whichever storage. */
export class Store {
  #storage;

  /** @param {Storage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  close() {
    this.#storage.close();
  }

  /** Everything of this user leaves this device. */
  erase() {
    return this.#storage.erase();
  }

  /** @param {string} name */
  note(name) {
    return this.#storage.get('meta', name);
  }

  /** @param {string} name @param {any} value undefined removes it */
  putNote(name, value) {
    return this.#storage.update(async (transaction) => {
      if (value === undefined) transaction.delete('meta', name);
      else transaction.put('meta', name, value);
    });
  }

  /** @param {string} conversationId @returns {Promise<Range | undefined>} */
  range(conversationId) {
    return this.#storage.get('ranges', conversationId);
  }

  /** @returns {Promise<Range[]>} */
  ranges() {
    return this.#storage.list('ranges');
  }

  /**
   * Ascending, both ends included.
   *
   * @param {string} conversationId @param {number} from @param {number} to @returns {Promise<Message[]>}
   */
  async messages(conversationId, from, to) {
    return from > to ? [] : this.#storage.list('messages', [conversationId, from], [conversationId, to]);
  }

  /**
   * One transaction over messages and ranges; what `work` changes is durable when the promise is fulfilled.
   *
   * @template T @param {(change: StoreChange) => Promise<T>} work @returns {Promise<T>}
   */
  change(work) {
    return this.#storage.update((transaction) => work(new StoreChange(transaction)));
  }

  /** What is held of conversations goes; what waits to be sent stays. */
  async forgetConversations() {
    const ranges = await this.ranges();
    await this.change(async (change) => ranges.forEach(({ conversation_id: id }) => change.forget(id)));
  }

  /** In the order of writing. @returns {Promise<Outgoing[]>} */
  async outgoing() {
    return (await this.#storage.list('outbox')).sort((a, b) => a.written_at - b.written_at || a.position - b.position);
  }

  /** @param {Outgoing} entry */
  putOutgoing(entry) {
    return this.#storage.update(async (transaction) => transaction.put('outbox', entry.client_message_id, entry));
  }

  /** @param {string} clientMessageId */
  deleteOutgoing(clientMessageId) {
    return this.#storage.update(async (transaction) => transaction.delete('outbox', clientMessageId));
  }

  /** @returns {Promise<Conversation[]>} */
  conversations() {
    return this.#storage.list('conversations');
  }

  /** @param {Conversation[]} conversations */
  putConversations(conversations) {
    return this.#storage.update(async (transaction) => {
      for (const conversation of conversations) transaction.put('conversations', conversation.conversation_id, conversation);
    });
  }
}

/** What may be done within one transaction of the store. */
export class StoreChange {
  #transaction;

  /** @param {Transaction} transaction */
  constructor(transaction) {
    this.#transaction = transaction;
  }

  /** @param {string} conversationId @returns {Promise<Range | undefined>} */
  range(conversationId) {
    return this.#transaction.get('ranges', conversationId);
  }

  /** @param {Range} range */
  putRange(range) {
    this.#transaction.put('ranges', range.conversation_id, range);
  }

  /** A message that is here is out of the outbox. @param {Message} message */
  putMessage(message) {
    this.#transaction.put('messages', [message.conversation_id, message.sequence_number], message);
    this.confirm(message);
  }

  /** @param {Message} message */
  confirm({ client_message_id: clientMessageId }) {
    if (clientMessageId) this.#transaction.delete('outbox', clientMessageId);
  }

  /** Drops what is held of a conversation, whose gap is too wide to be worth filling. @param {string} conversationId */
  forget(conversationId) {
    this.#transaction.delete('messages', [conversationId, 0], [conversationId, Number.MAX_SAFE_INTEGER]);
    this.#transaction.delete('ranges', conversationId);
  }
}
