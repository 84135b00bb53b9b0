import { Events } from './events.js';

const PAGE = 30;
const FIRST_RECHECK_MS = 400;
const LONGEST_RECHECK_MS = 60_000;

/**
 * The list of conversations and what is known of each: last message, unread count, read and delivery marks. The server's
 * list is the truth; frames move it on between two looks at it.
 *
 * Events: `changed` (conversation id, or undefined for the whole list), `joined` (conversations that are new here), `behind`
 * (conversation_id, last_read_sequence: the server has not heard of this read mark).
 */
export class Conversations extends Events {
  #store;
  #rest;
  #me;
  #byId = new Map();
  #delivered = new Map();
  #cursor;
  #rechecks = new Set();
  #waits = new Map();

  loaded = false;

  constructor(store, rest, me) {
    super();
    this.#store = store;
    this.#rest = rest;
    this.#me = me;
  }

  async restore() {
    for (const conversation of await this.#store.conversations()) this.#byId.set(conversation.conversation_id, conversation);
    this.emit('changed');
  }

  /** Newest activity first. */
  list() {
    return [...this.#byId.values()].sort((a, b) => (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : 0));
  }

  get(conversationId) {
    return this.#byId.get(conversationId);
  }

  get unread() {
    return this.list().reduce((sum, { unread_count: unread }) => sum + unread, 0);
  }

  get hasMore() {
    return Boolean(this.#cursor);
  }

  /** The first page of the server's list, and again as many as were shown before. */
  async load() {
    const { items, next_cursor: cursor } = await this.#rest.get('conversations', { limit: PAGE });
    this.loaded = true;
    this.#cursor = cursor;
    this.#merge(items);
    return items;
  }

  async more() {
    if (!this.#cursor) return [];
    const { items, next_cursor: cursor } = await this.#rest.get('conversations', { limit: PAGE, cursor: this.#cursor });
    this.#cursor = cursor;
    this.#merge(items);
    return items;
  }

  async start(userId) {
    const conversation = await this.#rest.post('conversations', { recipient_user_id: userId });
    if (conversation.peer) this.#merge([conversation]);
    else await this.fetch(conversation.conversation_id);
    return this.get(conversation.conversation_id);
  }

  async fetch(conversationId) {
    const headBefore = this.#byId.get(conversationId)?.last_sequence;
    const conversation = await this.#rest.get(`conversations/${conversationId}`);
    this.#merge([conversation], headBefore);
    return conversation;
  }

  /** Messages that are new in this browser, ascending, all of one conversation. */
  stored(messages) {
    const last = messages.at(-1);
    const conversation = this.#byId.get(last.conversation_id);
    if (!conversation) return this.#recheck(last.conversation_id);
    const unread = messages.filter(
      ({ sender_id: sender, sequence_number: sequence }) =>
        sender !== this.#me && sequence > conversation.last_sequence && sequence > conversation.my_last_read_sequence,
    ).length;
    if (last.sequence_number > conversation.last_sequence) {
      conversation.last_sequence = last.sequence_number;
      conversation.last_message = last;
      conversation.updated_at = last.timestamp;
    }
    conversation.unread_count += unread;
    this.#keep(conversation);
  }

  /** This person has read up to here; true when that is news. */
  readByMe(conversationId, sequence) {
    const conversation = this.#byId.get(conversationId);
    if (!conversation || sequence <= conversation.my_last_read_sequence) return false;
    const before = conversation.my_last_read_sequence;
    conversation.my_last_read_sequence = sequence;
    if (sequence >= conversation.last_sequence) conversation.unread_count = 0;
    else this.#lessUnread(conversation, before, sequence);
    this.#keep(conversation);
    return true;
  }

  /** Counts what was read in this browser's store when it holds all of it; otherwise asks the server. */
  async #lessUnread(conversation, before, sequence) {
    const id = conversation.conversation_id;
    const range = this.#store.range(id);
    if (!range || range.low > before + 1 || range.high < sequence) return this.#recheck(id);
    const read = await this.#store.messages(id, before + 1, sequence);
    if (this.#byId.get(id) !== conversation) return this.#recheck(id);
    const ofPeer = read.filter(({ sender_id: sender }) => sender !== this.#me).length;
    conversation.unread_count = Math.max(0, conversation.unread_count - ofPeer);
    this.#keep(conversation);
  }

  read({ conversation_id: id, reader_id: reader, last_read_sequence: sequence }) {
    const conversation = this.#byId.get(id);
    if (!conversation) return;
    if (reader === this.#me) return this.readByMe(id, sequence);
    conversation.peer_last_read_sequence = Math.max(conversation.peer_last_read_sequence, sequence);
    this.#keep(conversation);
  }

  delivered({ conversation_id: id, sequence_number: sequence }) {
    if (!this.#delivered.has(id)) this.#delivered.set(id, new Set());
    this.#delivered.get(id).add(sequence);
    this.emit('changed', id);
  }

  /** `sent`, `delivered` or `read`: how far a message of mine has come. */
  progress(conversationId, sequence) {
    const conversation = this.#byId.get(conversationId);
    if (sequence <= (conversation?.peer_last_read_sequence ?? 0)) return 'read';
    if (sequence <= (conversation?.peer_delivered_sequence ?? 0)) return 'delivered';
    return this.#delivered.get(conversationId)?.has(sequence) ? 'delivered' : 'sent';
  }

  /** An answer that a frame has overtaken does not count: the server is asked again. */
  #merge(items, headBefore) {
    const joined = items.filter(({ conversation_id: id }) => !this.#byId.has(id));
    for (const fresh of items) {
      const held = this.#byId.get(fresh.conversation_id);
      const overtaken = held && held.last_sequence > fresh.last_sequence && held.last_sequence !== headBefore;
      if (overtaken) this.#recheck(fresh.conversation_id);
      else this.#take(held, fresh);
    }
    this.#store.putConversations(items.map(({ conversation_id: id }) => this.#byId.get(id)));
    this.emit('changed');
    if (joined.length) this.emit('joined', joined);
  }

  /** Where the server knows less of what was read here, its unread count is not the last word. */
  #take(held, fresh) {
    const { conversation_id: id } = fresh;
    this.#byId.set(id, { ...fresh, ...furtherMarks(held, fresh) });
    if (held && held.my_last_read_sequence > fresh.my_last_read_sequence) {
      this.emit('behind', { conversation_id: id, last_read_sequence: held.my_last_read_sequence });
      this.#recheck(id);
    } else {
      this.#waits.delete(id);
    }
  }

  #keep(conversation) {
    this.#store.putConversations([conversation]);
    this.emit('changed', conversation.conversation_id);
  }

  /** Asks the server for a conversation whose counts cannot be told from what is here; ever more seldom, if it must. */
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

/** Marks only move forward, also when an answer overtook a frame. */
function furtherMarks(held, fresh) {
  const marks = ['my_last_read_sequence', 'peer_last_read_sequence', 'peer_delivered_sequence'];
  const further = marks.map((mark) => [mark, Math.max(held?.[mark] ?? 0, fresh[mark] ?? 0)]);
  const readHere = (held?.my_last_read_sequence ?? 0) >= fresh.last_sequence;
  return { ...Object.fromEntries(further), ...(readHere ? { unread_count: 0 } : {}) };
}
