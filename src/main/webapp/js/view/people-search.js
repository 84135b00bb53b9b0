import { avatar, element } from './dom.js';

const PAUSE_MS = 150;
const MOST_FOUND = 20;

/** Finds a person by the beginning of the username; arrow keys and Enter choose. */
export class PeopleSearch {
  #input = document.getElementById('people-query');
  #list = document.getElementById('people');
  #notice = document.getElementById('people-notice');
  #rest;
  #me;
  #chosen;
  #timer;
  #asked = 0;
  #active = -1;

  /** @param chosen is called with the user that was picked */
  constructor(rest, me, chosen) {
    this.#rest = rest;
    this.#me = me;
    this.#chosen = chosen;
    this.#input.addEventListener('input', () => this.#changed());
    this.#input.addEventListener('keydown', (event) => this.#key(event));
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

  async #search(query) {
    const turn = ++this.#asked;
    try {
      const { items } = await this.#rest.get('users', { query, limit: MOST_FOUND });
      if (turn !== this.#asked) return;
      const others = items.filter(({ user_id: id }) => id !== this.#me);
      this.#show(others);
      this.#say(others.length ? '' : `Nobody’s username begins with “${query}”.`);
    } catch (error) {
      if (turn === this.#asked) this.#say(error.message);
    }
  }

  #show(users) {
    this.#active = -1;
    this.#list.replaceChildren(...users.map((user, index) => this.#option(user, index)));
    this.#list.hidden = users.length === 0;
    this.#input.setAttribute('aria-expanded', String(users.length > 0));
    this.#input.removeAttribute('aria-activedescendant');
  }

  #option(user, index) {
    const option = element(
      'li',
      { role: 'option', id: `person-${index}`, class: 'person', 'aria-selected': 'false' },
      avatar(user.username),
      element('span', { text: user.username }),
    );
    option.addEventListener('click', () => this.#pick(user));
    option.pick = () => this.#pick(user);
    return option;
  }

  #pick(user) {
    this.close();
    this.#chosen(user);
  }

  #say(text) {
    this.#notice.textContent = text;
    this.#notice.hidden = !text;
  }

  #key(event) {
    const options = [...this.#list.children];
    if (event.key === 'Escape') return this.close();
    if (event.key === 'Enter' && options.length) {
      event.preventDefault();
      return options[Math.max(this.#active, 0)].pick();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !options.length) return;
    event.preventDefault();
    this.#active = (this.#active + step + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute('aria-selected', String(index === this.#active)));
    options[this.#active].scrollIntoView({ block: 'nearest' });
    this.#input.setAttribute('aria-activedescendant', options[this.#active].id);
  }
}
