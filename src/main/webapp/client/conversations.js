import { Events } from './events.js';
/** @import { Rest } from './rest.js' */
/** @import { Store } from './store.js' */
/** @import { Conversation, Frame, Message } from './types.js' */

const FIRST_PAGE = 30;
const PAGE = 100;
const MOST_PAGES_TO_CATCH_UP = 20;
const MOST_UNREAD_TO_ASK = 50;
const FIRST_RECHECK_MS = 400;
const LONGEST_RECHECK_MS = 60_000;

/**
 * The list of conversations and what is known of each: last message, unread count, read and delivery marks. The server's
 * list is the truth; frames move it on between two looks at it.
 *
 * Events: `changed` (conversation id, or undefined for the whole list), `behind` (the server has not heard of this read
 * mark of ours).
 *
 * @extends {Events<{ changed: string | undefined, behind: { conversationId: string, sequence: number } }>}
 */
export class Conversations extends Events {
  #store;
  #rest;
  #me;
  /** @type {Map<string, Conversation>} */
  #byId = new Map();
  /** @type {Conversation[] | null} null when the order has to be made anew */
  #order = null;
  /** @type {Map<string, Set<number>>} */
  #delivered = new Map();
  /** @type {string | null | undefined} */
  #cursor;
  #fromServer = 0;
  /** @type {Promise<void> | null} */
  #growing = null;
  #wanted = 0;
  /** @type {Set<string>} */
  #rechecks = new Set();
  /** @type {Map<string, number>} */
  #waits = new Map();

  /** True once the server has been asked. */
  loaded = false;

  /** @param {Store} store @param {Rest} rest @param {string} me user id */
  constructor(store, rest, me) {
    super();
    this.#store = store;
    this.#rest = rest;
    this.#me = me;
  }

  /** What this device knew when it was last used. */
  async restore() {
    for (const conversation of await this.#store.conversations()) this.#byId.set(conversation.conversation_id, conversation);
    this.#changed();
  }

  /** Newest activity first. Not to be changed. @returns {readonly Conversation[]} */
  list() {
    this.#order ??= [...this.#byId.values()].sort((a, b) => (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : 0));
    return this.#order;
  }

  /** @param {string} conversationId */
  get(conversationId) {
    return this.#byId.get(conversationId);
  }

  /** Of all conversations that are known here. */
  get unread() {
    let sum = 0;
    for (const { unread_count: unread } of this.#byId.values()) sum += unread;
    return sum;
  }

  /** Whether the server has conversations beyond those that it has been asked for. */
  get hasMore() {
    return Boolean(this.#cursor);
  }

  /** Asks for the first page, and for as many as it takes to meet what is known. */
  async load() {
    const knowsSome = this.#byId.size > 0;
    /** @type {string | null} */
    let cursor = null;
    let met = !knowsSome;
    /** @type {Set<string>} */
    const seen = new Set();
    for (let pages = 0; pages === 0 || (!met && cursor && pages < MOST_PAGES_TO_CATCH_UP); pages++) {
      const page = await this.#page(cursor, pages ? PAGE : FIRST_PAGE);
      met ||= page.items.some((item) => this.#isKnown(item));
      page.items.forEach(({ conversation_id: id }) => seen.add(id));
      cursor = page.next_cursor;
      this.#merge(page.items);
    }
    this.loaded = true;
    this.#cursor = cursor;
    this.#fromServer = seen.size;
    this.#changed();
    await this.#askUnread(seen);
  }

  /** What looks unread may have been read on another device, which changes nobody's place in the list. @param {Set<string>} seen */
  async #askUnread(seen) {
    const doubtful = this.list().filter(({ conversation_id: id, unread_count: unread }) => unread > 0 && !seen.has(id));
    for (const { conversation_id: id } of doubtful.slice(0, MOST_UNREAD_TO_ASK)) await this.fetch(id);
  }

  /** Asks for more until the server has told `count`, or all; also where fewer are being asked for already. @param {number} count */
  more(count) {
    this.#wanted = Math.max(this.#wanted, count);
    this.#growing ??= this.#grow().finally(() => {
      this.#growing = null;
      this.#wanted = 0;
    });
    return this.#growing;
  }

  async #grow() {
    while (this.#cursor && this.#fromServer < this.#wanted) {
      const { items, next_cursor: cursor } = await this.#page(this.#cursor, PAGE);
      this.#cursor = cursor;
      this.#fromServer += items.length;
      this.#merge(items);
    }
  }

  /** @param {string | null} cursor @param {number} limit @returns {Promise<{ items: Conversation[], next_cursor: string | null }>} */
  #page(cursor, limit) {
    return this.#rest.get('conversations', { limit, cursor });
  }

  /** @param {Conversation} fresh */
  #isKnown(fresh) {
    const held = this.#byId.get(fresh.conversation_id);
    return held?.last_sequence === fresh.last_sequence && held.updated_at === fresh.updated_at;
  }

  /** The conversation with this person, which is made if there is none. @param {string} userId @returns {Promise<Conversation>} */
  async start(userId) {
    const { conversation_id: id } = await this.#rest.post('conversations', { recipient_user_id: userId });
    return this.get(id) ?? this.fetch(id);
  }

  /** Asks the server for one conversation. @param {string} conversationId @returns {Promise<Conversation>} */
  async fetch(conversationId) {
    const headBefore = this.#byId.get(conversationId)?.last_sequence;
    const conversation = await this.#rest.get(`conversations/${conversationId}`);
    this.#merge([conversation], headBefore);
    return this.#byId.get(conversationId) ?? conversation;
  }

  /** Messages that are new on this device, ascending, all of one conversation. @param {Message[]} messages */
  stored(messages) {
    const last = messages[messages.length - 1];
    const conversation = this.#byId.get(last.conversation_id);
    if (!conversation) return this.#recheck(last.conversation_id);
    const unread = messages.filter(
      ({ sender_id: sender, sequence_number: sequence }) =>
        sender !== this.#me && sequence > conversation.last_sequence && sequence > conversation.my_last_read_sequence,
    ).length;
    if (last.sequence_number > conversation.last_sequence) {
      Object.assign(conversation, { last_sequence: last.sequence_number, last_message: last, updated_at: last.timestamp });
      this.#order = null;
    }
    conversation.unread_count += unread;
    this.#keep(conversation);
  }

  /** This person has read up to here; true when that is news. @param {string} conversationId @param {number} sequence */
  readByMe(conversationId, sequence) {
    const conversation = this.#byId.get(conversationId);
    if (!conversation || sequence <= conversation.my_last_read_sequence) return false;
    const before = conversation.my_last_read_sequence;
    conversation.my_last_read_sequence = sequence;
    if (sequence >= conversation.last_sequence) conversation.unread_count = 0;
    else if (conversation.unread_count) this.#lessUnread(conversation, before, sequence);
    this.#keep(conversation);
    return true;
  }

  /** Counts what was read in this device's store when it holds all of it; otherwise asks the server. @param {Conversation} conversation @param {number} before @param {number} sequence */
  async #lessUnread(conversation, before, sequence) {
    const id = conversation.conversation_id;
    const range = await this.#store.range(id);
    if (!range || range.low > before + 1 || range.high < sequence) return this.#recheck(id);
    const read = await this.#store.messages(id, before + 1, sequence);
    if (this.#byId.get(id) !== conversation) return this.#recheck(id);
    const ofPeer = read.filter(({ sender_id: sender }) => sender !== this.#me).length;
    conversation.unread_count = Math.max(0, conversation.unread_count - ofPeer);
    this.#keep(conversation);
  }

  /** @param {Frame} frame */
  read({ conversation_id: id, reader_id: reader, last_read_sequence: sequence }) {
    const conversation = this.#byId.get(id);
    if (!conversation) return;
    if (reader === this.#me) return void this.readByMe(id, sequence);
    conversation.peer_last_read_sequence = Math.max(conversation.peer_last_read_sequence, sequence);
    this.#keep(conversation);
  }

  /** @param {Frame} frame */
  delivered({ conversation_id: id, sequence_number: sequence }) {
    const delivered = this.#delivered.get(id) ?? new Set();
    this.#delivered.set(id, delivered.add(sequence));
    this.emit('changed', id);
  }

  /** How far a message of one's own has come. @param {string} conversationId @param {number} sequence @returns {'sent' | 'delivered' | 'read'} */
  progress(conversationId, sequence) {
    const conversation = this.#byId.get(conversationId);
    if (sequence <= (conversation?.peer_last_read_sequence ?? 0)) return 'read';
    if (sequence <= (conversation?.peer_delivered_sequence ?? 0)) return 'delivered';
    return this.#delivered.get(conversationId)?.has(sequence) ? 'delivered' : 'sent';
  }

  /** An answer that a frame has overtaken does not count: the server is asked again. @param {Conversation[]} items @param {number} [headBefore] */
  #merge(items, headBefore) {
    for (const fresh of items) {
      const held = this.#byId.get(fresh.conversation_id);
      if (held && held.last_sequence > fresh.last_sequence && held.last_sequence !== headBefore) this.#recheck(fresh.conversation_id);
      else this.#take(held, fresh);
    }
    const kept = items.map(({ conversation_id: id }) => /** @type {Conversation} */ (this.#byId.get(id)));
    this.#store.putConversations(kept).catch(() => {});
    this.#changed();
  }

  /** Where the server knows less of what was read here, its unread count is not the last word. @param {Conversation | undefined} held @param {Conversation} fresh */
  #take(held, fresh) {
    const { conversation_id: id } = fresh;
    this.#byId.set(id, { ...fresh, ...furtherMarks(held, fresh) });
    if (held && held.my_last_read_sequence > fresh.my_last_read_sequence) {
      this.emit('behind', { conversationId: id, sequence: held.my_last_read_sequence });
      if (held.my_last_read_sequence < fresh.last_sequence) this.#recheck(id);
    } else {
      this.#waits.delete(id);
    }
  }

  /** @param {Conversation} conversation */
  #keep(conversation) {
    this.#store.putConversations([conversation]).catch(() => {});
    this.emit('changed', conversation.conversation_id);
  }

  #changed() {
    this.#order = null;
    this.emit('changed', undefined);
  }

  /** Asks the server for a conversation whose counts cannot be told from what is here; ever more seldom, if it must. @param {string} conversationId */
  #recheck(conversationId) {
    if (this.#rechecks.has(conversationId)) return;
    const wait = this.#waits.get(conversationId) ?? FIRST_RECHECK_MS;
    this.#waits.set(conversationId, Math.min(wait * 2, LONGEST_RECHECK_MS));
    this.#rechecks.add(conversationId);
    setTimeout(() => {
      this.#rechecks.delete(conversationId);
      this.fetch(conversationId).catch(() => {});
    }, wait);
  }
}

/** Marks only move forward, also when an answer overtook a frame. @param {Conversation | undefined} held @param {Conversation} fresh */
function furtherMarks(held, fresh) {
  const readHere = Math.max(held?.my_last_read_sequence ?? 0, fresh.my_last_read_sequence);
  return {
    my_last_read_sequence: readHere,
    peer_last_read_sequence: Math.max(held?.peer_last_read_sequence ?? 0, fresh.peer_last_read_sequence),
    peer_delivered_sequence: Math.max(held?.peer_delivered_sequence ?? 0, fresh.peer_delivered_sequence),
    ...(readHere >= fresh.last_sequence ? { unread_count: 0 } : {}),
  };
}
