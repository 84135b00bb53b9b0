import { avatar, element, setText } from './dom.js';
import { icon } from './icons.js';
import { explain } from './texts.js';
/** @import { Context } from './context.js' */
/** @import { Person } from '../client/types.js' */

const PAUSE_MS = 150;

/** Finds a person by the beginning of the username; arrow keys and Enter choose. */
export class PeopleSearch {
  #context;
  #chosen;
  #input;
  #list;
  #note = element('p', { class: 'side-note', role: 'status', hidden: true });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asked = 0;
  #active = -1;
  /** @type {Person[]} */
  #found = [];

  /** @param {Context} context @param {(person: Person) => void} chosen */
  constructor(context, chosen) {
    const { texts } = (this.#context = context);
    this.#chosen = chosen;
    this.#list = element('ul', { id: 'people', class: 'people', role: 'listbox', 'aria-label': texts.people, hidden: true });
    this.#input = element('input', {
      type: 'search', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'people', 'aria-autocomplete': 'list',
      'aria-label': texts.findPerson, placeholder: texts.findPerson, 'aria-keyshortcuts': 'Control+K',
      autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 50,
    });
    this.element = element('search', { class: 'search' }, element('div', { class: 'search-field' }, icon('search'), this.#input), this.#list, this.#note);
    this.#input.addEventListener('input', () => this.#changed());
    this.#input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    context.until(() => clearTimeout(this.#timer));
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  close() {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#input.value = '';
    this.#show([]);
    this.#say('');
  }

  #changed() {
    clearTimeout(this.#timer);
    const query = this.#input.value.trim().toLowerCase();
    if (!query) return this.close();
    this.#timer = setTimeout(() => this.#search(query), PAUSE_MS);
  }

  /** @param {string} query */
  async #search(query) {
    const { client, texts } = this.#context;
    const turn = ++this.#asked;
    try {
      const others = (await client.people(query)).filter(({ user_id: id }) => id !== client.me.user_id);
      if (turn !== this.#asked) return;
      this.#show(others);
      this.#say(others.length ? '' : texts.nobody(query));
    } catch (error) {
      if (turn === this.#asked) this.#say(explain(texts, /** @type {Error} */ (error)));
    }
  }

  /** @param {Person[]} people */
  #show(people) {
    this.#active = -1;
    this.#found = people;
    this.#list.replaceChildren(...people.map((person, index) => this.#option(person, index)));
    this.#list.hidden = people.length === 0;
    this.#input.setAttribute('aria-expanded', String(people.length > 0));
    this.#input.removeAttribute('aria-activedescendant');
  }

  /** @param {Person} person @param {number} index */
  #option(person, index) {
    const attributes = { role: 'option', id: `person-${index}`, class: 'person', 'aria-selected': 'false' };
    const option = element('li', attributes, avatar(person.username), element('span', { text: person.username }));
    option.addEventListener('click', () => this.#pick(person));
    return option;
  }

  /** @param {Person} person */
  #pick(person) {
    this.close();
    this.#chosen(person);
  }

  /** @param {string} text */
  #say(text) {
    setText(this.#note, text);
    this.#note.hidden = !text;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === 'Escape' && this.#input.value) {
      event.stopPropagation();
      return this.close();
    }
    if (event.key === 'Enter' && this.#found.length) {
      event.preventDefault();
      return this.#pick(this.#found[Math.max(this.#active, 0)]);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !this.#found.length) return;
    event.preventDefault();
    const options = [...this.#list.children];
    this.#active = this.#active < 0 && step < 0 ? options.length - 1 : (this.#active + step + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute('aria-selected', String(index === this.#active)));
    options[this.#active].scrollIntoView({ block: 'nearest' });
    this.#input.setAttribute('aria-activedescendant', options[this.#active].id);
  }
}
