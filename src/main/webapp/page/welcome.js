import { element, setText } from '../chat/dom.js';
import { icon } from '../chat/icons.js';
import { explain } from '../chat/texts.js';
import { ApiError } from '../duet-client.js';
import { createAccount, enter, lastUsername } from './session.js';
/** @import { Texts } from '../chat/texts.js' */
/** @import { Session } from './session.js' */

/** @typedef {{ username: string, email: string, password: string }} Values */

/** Signing in and creating an account. */
export class Welcome {
  #texts;
  #done;
  #forms;
  #panels;
  #tabs;

  /** @param {Texts} texts @param {string} notice why the person is here @param {(session: Session) => void} done */
  constructor(texts, notice, done) {
    this.#texts = texts;
    this.#done = done;
    this.#forms = [this.#signInForm(), this.#registerForm()];
    this.#panels = this.#forms.map((form, index) =>
      element('div', { id: `panel-${form.id}`, role: 'tabpanel', 'aria-labelledby': `tab-${form.id}`, hidden: index > 0 }, form),
    );
    this.#tabs = this.#forms.map((form, index) => this.#tab(form, index));
    const list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': texts.howToComeIn }, ...this.#tabs);
    list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    this.element = element(
      'section',
      { class: 'card welcome' },
      element('h1', { class: 'brand' }, icon('duet'), 'Duet'),
      element('p', { class: 'tagline', text: texts.tagline }),
      element('p', { id: 'notice', class: 'notice', role: 'status', text: notice, hidden: !notice }),
      list,
      ...this.#panels,
    );
  }

  /** To be called when it is in the document. */
  focus() {
    const { username, password } = this.#forms[0].elements;
    username.value = lastUsername();
    (username.value ? password : username).focus();
  }

  #signInForm() {
    const texts = this.#texts;
    const form = this.#form('sign-in', texts.signIn, [
      this.#field(texts.username, { name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: 50 }),
      this.#field(texts.password, { name: 'password', type: 'password', autocomplete: 'current-password' }),
    ]);
    this.#onSubmit(form, ({ username, password }) => enter(username, password));
    return form;
  }

  #registerForm() {
    const texts = this.#texts;
    const form = this.#form('register', texts.createAccount, [
      this.#field(texts.username, { name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: 50 }, texts.usernameRule),
      this.#field(texts.email, { name: 'email', type: 'email', autocomplete: 'email', maxlength: 255 }),
      this.#field(texts.password, { name: 'password', type: 'password', autocomplete: 'new-password' }, texts.passwordRule),
    ]);
    this.#onSubmit(form, ({ username, email, password }) => createAccount(username, email, password));
    return form;
  }

  /** @param {string} id @param {string} submit @param {HTMLElement[]} fields */
  #form(id, submit, fields) {
    const error = element('p', { class: 'form-error', role: 'alert', hidden: true });
    return element('form', { id, novalidate: true }, ...fields, error, element('button', { type: 'submit', class: 'primary', text: submit }));
  }

  /** @param {string} label @param {{ name: string, [attribute: string]: string | number }} attributes @param {string} [rule] */
  #field(label, attributes, rule) {
    const ruleId = `rule-${attributes.name}`;
    const input = element('input', { required: true, ...attributes, ...(rule && { 'aria-describedby': ruleId }) });
    return element('div', { class: 'field' }, element('label', { text: label }, input), rule && element('small', { id: ruleId, text: rule }));
  }

  /** @param {HTMLFormElement} form @param {number} index */
  #tab(form, index) {
    const chosen = index === 0;
    const text = chosen ? this.#texts.signIn : this.#texts.createAccount;
    const attributes = { type: 'button', role: 'tab', id: `tab-${form.id}`, 'aria-controls': `panel-${form.id}`, 'aria-selected': String(chosen), tabindex: chosen ? 0 : -1 };
    const tab = element('button', { ...attributes, text });
    tab.addEventListener('click', () => this.#select(tab));
    return tab;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const other = this.#tabs.find((tab) => tab.getAttribute('aria-selected') === 'false');
    this.#select(other);
    other.focus();
  }

  /** @param {HTMLElement} chosen */
  #select(chosen) {
    this.#tabs.forEach((tab, index) => {
      tab.setAttribute('aria-selected', String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      this.#panels[index].hidden = tab !== chosen;
    });
  }

  /** @param {HTMLFormElement} form @param {(values: Values) => Promise<Session>} action */
  #onSubmit(form, action) {
    const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      const values = /** @type {Values} */ (Object.fromEntries(new FormData(form)));
      values.username = values.username.trim();
      const fault = this.#firstFault(form, values);
      if (fault) return this.#fail(form, fault[1], fault[0]);
      button.disabled = true;
      try {
        this.#done(await action(values));
      } catch (error) {
        this.#fail(form, this.#why(/** @type {Error} */ (error)));
      } finally {
        button.disabled = false;
      }
    });
  }

  /** @param {HTMLFormElement} form @param {Values} values @returns {[keyof Values, string] | null} */
  #firstFault({ id }, { username, email, password }) {
    const texts = this.#texts;
    if (!username) return ['username', texts.enterUsername];
    if (id === 'register' && !/^[a-z0-9._-]{3,50}$/u.test(username)) return ['username', texts.badUsername];
    if (id === 'register' && !/^\S+@\S+$/u.test(email)) return ['email', texts.enterEmail];
    if (!password) return ['password', texts.enterPassword];
    return id === 'register' && [...password].length < 12 ? ['password', texts.shortPassword] : null;
  }

  /** @param {Error} error */
  #why(error) {
    const texts = this.#texts;
    const status = error instanceof ApiError ? error.status : undefined;
    /** @type {{ [status: number]: string }} */
    const known = { 401: texts.wrongCredentials, 403: texts.registrationClosed, 409: texts.taken, 429: texts.tooManyAttempts };
    return known[status ?? -1] ?? explain(texts, error);
  }

  /** @param {HTMLFormElement} form @param {string} message @param {string} [field] */
  #fail(form, message, field) {
    const place = /** @type {HTMLElement} */ (form.querySelector('.form-error'));
    setText(place, message);
    place.hidden = false;
    if (field) /** @type {HTMLElement} */ (form.elements.namedItem(field)).focus();
  }
}
