import { DuetClient } from '../client/client.js';
import { ApiError } from '../client/rest.js';
import { ChatView } from './chat-view.js';
import { Context } from './context.js';
import { element, setText } from './dom.js';
import { stylesheet } from './styles.js';
import { explain, languageFor, localeFor, textsIn } from './texts.js';
/** @import { TokenSource } from '../client/credentials.js' */
/** @import { Texts } from './texts.js' */

const HOME = new URL('..', import.meta.url).href;
const RETRY_MS = 4_000;
/** @type {CSSStyleSheet | undefined} */
let sheet;

/**
 * `<duet-chat>`: Duet as a part of a page. Attributes: `token`, `server` (one base address or several, separated by spaces), `lang`, `theme`
 * (`light`, `dark`), `conversation`, `peer`. Slots: `brand`, `actions`. Events, none of which bubbles: `duet-state`, `duet-unread`,
 * `duet-open`, `duet-token`, `duet-end`. More in docs/client.md.
 */
export class DuetChat extends HTMLElement {
  static observedAttributes = ['token', 'conversation', 'peer'];

  /** @type {TokenSource | null} */
  #token = null;
  /** @type {DuetClient | null} */
  #client = null;
  /** @type {Context | null} */
  #context = null;
  /** @type {ChatView | null} */
  #view = null;
  #live = element('div', { class: 'hidden-text', 'aria-live': 'polite' });
  #turn = 0;

  constructor() {
    super();
    this.attachShadow({ mode: 'open' });
  }

  connectedCallback() {
    this.root.adoptedStyleSheets = [(sheet ??= stylesheet())];
    this.#begin();
  }

  disconnectedCallback() {
    this.#turn++;
    this.#context?.end();
    this.#client?.stop();
    this.#context = this.#client = this.#view = null;
    this.root.replaceChildren();
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (value === before || value === null) return;
    if (name === 'token') this.token = value;
    if (name === 'conversation') this.open(value);
    if (name === 'peer') this.openPerson(value);
  }

  /** The person's token, or a function that gives a fresh one whenever it is asked. @returns {TokenSource | null} */
  get token() {
    return this.#token;
  }

  set token(token) {
    this.#token = token;
    if (this.#client && typeof token === 'string') this.#client.setToken(token);
    else if (this.isConnected) this.#begin();
  }

  /** The client behind it, once there is one. */
  get client() {
    return this.#client;
  }

  get root() {
    return /** @type {ShadowRoot} */ (this.shadowRoot);
  }

  /** Opens a conversation, or with null none. @param {string | null} conversationId */
  async open(conversationId) {
    await this.#view?.open(conversationId);
  }

  /** Opens the conversation with a person, which is begun if there is none. @param {string} userId */
  async openPerson(userId) {
    await this.#view?.openPerson(userId);
  }

  /** Takes the keyboard to the search for a person. */
  focusSearch() {
    this.#view?.focusSearch();
  }

  async #begin() {
    if (!this.#token || this.#client) return;
    const turn = ++this.#turn;
    const language = languageFor([this.lang || document.documentElement.lang, ...navigator.languages].filter(Boolean));
    const locale = localeFor(language, navigator.languages);
    const server = (this.getAttribute('server') ?? HOME).split(/\s+/u).filter(Boolean);
    const client = (this.#client = new DuetClient({ server: server.map((base) => new URL(base, document.baseURI)), token: this.#token }));
    this.#forward(client);
    const texts = await textsIn(language);
    while (turn === this.#turn && !(await this.#started(client, texts))) await pause(RETRY_MS * (0.5 + Math.random()));
    if (turn !== this.#turn) return client.stop();
    if (!this.#isStarted(client)) return;
    this.#show(client, texts, locale);
  }

  /** Whether it need not be tried again. @param {DuetClient} client @param {Texts} texts */
  async #started(client, texts) {
    try {
      await client.start();
      return true;
    } catch (error) {
      const note = element('p', { class: 'banner', role: 'status', text: error instanceof ApiError ? explain(texts, error) : texts.storageFailed });
      this.root.replaceChildren(element('div', { class: 'duet' }, note));
      const refused = error instanceof ApiError && error.status === 401;
      if (refused) this.#tell('end', 'unauthorized');
      return refused || !(error instanceof ApiError);
    }
  }

  /** @param {DuetClient} client */
  #isStarted(client) {
    try {
      return Boolean(client.me);
    } catch {
      return false;
    }
  }

  /** @param {DuetClient} client @param {Texts} texts @param {string} locale */
  #show(client, texts, locale) {
    this.#context = new Context(client, texts, locale, this.root, this.#live);
    this.#view = new ChatView(this.#context, (id) => this.#tell('open', id));
    this.root.replaceChildren(this.#view.element, this.#live);
    setText(this.#live, '');
    const conversation = this.getAttribute('conversation');
    const peer = this.getAttribute('peer');
    if (conversation) this.open(conversation);
    else if (peer) this.openPerson(peer);
    this.#tell('ready', null);
    this.#tellUnread(client);
  }

  /** @param {DuetClient} client */
  #forward(client) {
    client.on('state', (state) => this.#tell('state', state));
    client.on('token', (token) => this.#tell('token', token));
    client.on('conversations', () => this.#tellUnread(client));
    client.on('end', (reason) => this.#ended(reason));
  }

  /** @param {string} reason */
  #ended(reason) {
    if (reason === 'signed-out') {
      this.#context?.drafts.erase();
      this.#token = null;
      this.disconnectedCallback();
    }
    this.#tell('end', reason);
  }

  #unread = -1;

  /** @param {DuetClient} client */
  #tellUnread(client) {
    if (!this.#view || client.conversations.unread === this.#unread) return;
    this.#unread = client.conversations.unread;
    this.#tell('unread', this.#unread);
  }

  /** @param {string} name @param {any} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`duet-${name}`, { detail }));
  }
}

/** @param {number} delayMs */
function pause(delayMs) {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
