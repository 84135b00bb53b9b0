import { Composer } from './composer.js';
import { ConnectionBanner } from './connection-banner.js';
import { ConversationList } from './conversation-list.js';
import { setText } from './dom.js';
import { PeopleSearch } from './people-search.js';
import { Thread } from './thread.js';

const byId = (id) => document.getElementById(id);
const addressOf = (conversationId) => `#${conversationId}`;

/** The whole of a signed-in page. The address (`#conversation-id`) says which conversation is open, so Back works. */
export class ChatView {
  #chat;
  #list;
  #thread;
  #composer;
  #people;

  constructor(chat, actions) {
    this.#chat = chat;
    this.#thread = new Thread(chat);
    this.#composer = new Composer(chat, () => this.#thread.toNewest());
    this.#list = new ConversationList(chat, (id) => this.#go(id));
    this.#people = new PeopleSearch(chat.session.rest, chat.me, (user) => this.#begin(user));
    new ConnectionBanner(chat, actions);
    setText(byId('my-name'), chat.session.username);
    byId('sign-out').addEventListener('click', () => actions.signOut());
    byId('back').addEventListener('click', () => this.#go(null));
    addEventListener('hashchange', () => this.#show());
    document.addEventListener('keydown', (event) => this.#key(event));
    chat.conversations.on('changed', () => this.#changed());
    byId('chat').hidden = false;
    this.#changed();
    this.#show();
  }

  #openId() {
    const id = location.hash.slice(1);
    return this.#chat.conversations.get(id) ? id : null;
  }

  #go(conversationId) {
    if (conversationId) location.hash = addressOf(conversationId);
    else history.pushState(null, '', location.pathname);
    this.#show();
  }

  #shown = null;

  #show() {
    const id = this.#openId();
    if (id === this.#shown) return;
    this.#shown = id;
    byId('chat').classList.toggle('reading', id !== null);
    byId('thread').hidden = id === null;
    byId('nothing-open').hidden = id !== null;
    this.#list.mark(id);
    if (id === null) return this.#thread.close();
    this.#thread.open(id);
    this.#composer.open(id);
  }

  /** A conversation in the address may be one that the list brings only now. */
  #changed() {
    const { unread } = this.#chat.conversations;
    document.title = unread ? `(${unread}) Duet` : 'Duet';
    if (this.#shown === null && location.hash) this.#show();
  }

  async #begin(user) {
    try {
      const { conversation_id: id } = await this.#chat.conversations.start(user.user_id);
      this.#go(id);
    } catch (error) {
      this.#chat.emit('failed', error.message);
    }
  }

  #key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
      event.preventDefault();
      this.#people.focus();
    }
    if (event.key === 'Escape' && event.target === byId('content')) this.#go(null);
  }
}
