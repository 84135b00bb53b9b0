import { Composer } from './composer.js';
import { ConnectionLine } from './connection-line.js';
import { ConversationList } from './conversation-list.js';
import { avatar, element, setText } from './dom.js';
import { icon } from './icons.js';
import { Notifier } from './notifier.js';
import { PeopleSearch } from './people-search.js';
import { explain } from './texts.js';
import { Thread } from './thread.js';
/** @import { Context } from './context.js' */
/** @import { Person } from '../client/types.js' */

const CLOCK_MS = 30_000;

/** The whole of what `<duet-chat>` shows: the list on one side, a conversation on the other; on a narrow place one of them. */
export class ChatView {
  #context;
  #opened;
  #list;
  #search;
  #thread;
  #composer;
  #notifier;
  #id = '';
  #turn = 0;
  #panes;
  #nothing;
  #open;
  #face = element('span');
  #name = element('h2');
  #state = element('p', { class: 'peer-state', 'aria-live': 'polite' });

  /** @param {Context} context @param {(id: string | null) => void} opened is told which conversation is open */
  constructor(context, opened) {
    this.#context = context;
    this.#opened = opened;
    this.#list = new ConversationList(context, (id) => this.open(id));
    this.#search = new PeopleSearch(context, (person) => this.openPerson(person.user_id));
    this.#thread = new Thread(context);
    this.#composer = new Composer(context, () => this.#thread.toNewest());
    this.#notifier = new Notifier(context, (id) => this.open(id));
    this.#nothing = this.#nothingOpen();
    this.#open = this.#openConversation();
    this.#panes = element('div', { class: 'panes' }, this.#side(), element('div', { class: 'main' }, this.#nothing, this.#open));
    this.element = element('div', { class: 'duet' }, new ConnectionLine(context).element, this.#panes);
    this.element.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    const { client } = context;
    context.until(client.on('conversations', (id) => (id === undefined || id === this.#id) && this.#showPeer()));
    context.until(client.on('presence', () => this.#showPeer()));
    context.until(client.on('typing', () => this.#showPeer()));
    context.repeat(() => this.#showPeer(), CLOCK_MS);
  }

  #side() {
    const { texts } = this.#context;
    const bell = element('button', { type: 'button', class: 'round', 'aria-label': texts.notifications, title: texts.notifications }, icon('bell'));
    bell.hidden = !this.#notifier.canAsk;
    bell.addEventListener('click', async () => {
      await this.#notifier.ask();
      bell.hidden = !this.#notifier.canAsk;
    });
    const brand = element('slot', { name: 'brand' }, element('span', { class: 'brand' }, icon('duet'), 'Duet'));
    const bar = element('div', { class: 'bar' }, brand, element('span', { class: 'grow' }), bell, element('slot', { name: 'actions' }));
    return element('div', { class: 'side' }, bar, this.#search.element, this.#list.element);
  }

  #nothingOpen() {
    return element('div', { class: 'nothing-open' }, icon('duet'), element('p', { text: this.#context.texts.chooseConversation }));
  }

  #openConversation() {
    const { texts } = this.#context;
    const back = element('button', { type: 'button', class: 'round back', 'aria-label': texts.back, title: texts.back }, icon('back'));
    back.addEventListener('click', () => this.open(null));
    const bar = element('div', { class: 'bar thread-bar' }, back, this.#face, element('div', { class: 'peer' }, this.#name, this.#state));
    const { scroll, toNewestButton } = this.#thread;
    return element('section', { class: 'thread', hidden: true }, bar, scroll, toNewestButton, this.#composer.element);
  }

  focusSearch() {
    this.#panes.classList.remove('reading');
    this.#search.focus();
  }

  /** @param {string} userId */
  async openPerson(userId) {
    const { client, texts } = this.#context;
    const turn = ++this.#turn;
    try {
      const known = client.conversations.list().find(({ peer }) => peer.user_id === userId);
      const { conversation_id: id } = known ?? (await client.conversations.start(userId));
      if (turn === this.#turn) await this.open(id);
    } catch (error) {
      this.#context.announce(explain(texts, /** @type {Error} */ (error)));
    }
  }

  /** Whatever is opened last stays open, though the server may tell of another one later. @param {string | null} id */
  async open(id) {
    const { client } = this.#context;
    const turn = ++this.#turn;
    if (id !== null && !client.conversations.get(id)) await client.conversations.fetch(id);
    if (turn !== this.#turn) return;
    if ((id ?? '') === this.#id) return this.#panes.classList.toggle('reading', id !== null);
    const left = this.#id;
    this.#id = id ?? '';
    this.#panes.classList.toggle('reading', id !== null);
    this.#nothing.hidden = id !== null;
    this.#open.hidden = id === null;
    this.#list.current = this.#id;
    this.#opened(id);
    if (id === null) {
      this.#thread.close();
      return this.#list.focus(left);
    }
    this.#showPeer();
    this.#composer.open(id);
    await this.#thread.open(id);
  }

  #showPeer() {
    const { client, texts, times } = this.#context;
    const peer = this.#id && client.conversations.get(this.#id)?.peer;
    if (!peer) return;
    this.#showName(peer);
    const presence = client.presence.of(peer.user_id);
    const typing = client.presence.isTyping(this.#id);
    this.#state.dataset.state = typing ? 'typing' : presence?.online ? 'online' : 'offline';
    const known = presence ? times.lastSeen(presence.lastSeenAt) : '';
    setText(this.#state, typing ? texts.typing : presence?.online ? texts.online : known);
  }

  /** @param {Person} peer */
  #showName({ username }) {
    if (this.#name.textContent === username) return;
    this.#face.replaceChildren(avatar(username));
    this.#name.textContent = username;
    this.#open.setAttribute('aria-label', this.#context.texts.conversationWith(username));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      return this.focusSearch();
    }
    if (event.key === 'Escape' && this.#id) this.open(null);
    const step = event.altKey ? { ArrowDown: 1, ArrowUp: -1 }[event.key] : undefined;
    const neighbour = step && this.#list.neighbour(step);
    if (!neighbour) return;
    event.preventDefault();
    this.open(neighbour);
  }
}
