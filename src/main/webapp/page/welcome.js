import { element, setText } from '../chat/dom.js';
import { icon } from '../chat/icons.js';
import { explain } from '../chat/texts.js';
import { ApiError } from '../client/rest.js';
import { createAccount, enter, issued, lastUsername, ways } from './session.js';
/** @import { Issuer } from '../client/oidc.js' */
/** @import { Texts } from '../chat/texts.js' */
/** @import { Session } from './session.js' */

/** @typedef {{ username: string, email: string, password: string }} Values */

/** @typedef {{ local: boolean, registration: boolean, issuers: Issuer[] }} Ways */

/** Signing in, here or at an issuer, and creating an account. */
export class Welcome {
  #texts;
  #done;
  #forms;
  #panels;
  #tabs;

  /** @param {Texts} texts @param {string} notice why the person is here @param {Ways} offered @param {(session: Session) => void} done */
  constructor(texts, notice, offered, done) {
    this.#texts = texts;
    this.#done = done;
    this.#forms = [...(offered.local ? [this.#signInForm()] : []), ...(offered.registration ? [this.#registerForm()] : [])];
    this.#panels = this.#forms.map((form, index) =>
      element('div', this.#panel(form, index), form),
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
      ...this.#issuers(offered),
      this.#forms.length > 1 && list,
      ...this.#panels,
    );
  }

  /** @param {HTMLFormElement} form @param {number} index */
  #panel({ id }, index) {
    const hidden = index > 0;
    return this.#forms.length > 1 ? { id: `panel-${id}`, role: 'tabpanel', 'aria-labelledby': `tab-${id}`, hidden } : { id: `panel-${id}`, hidden };
  }

  /** @param {Ways} offered */
  #issuers({ issuers, local }) {
    if (!issuers.length) return [];
    const error = element('p', { class: 'form-error', role: 'alert', hidden: true });
    const buttons = issuers.map((issuer) => this.#issuer(issuer, error));
    const divider = local && element('p', { class: 'divider', text: this.#texts.or });
    return [element('div', { class: 'issuers' }, ...buttons, error), divider];
  }

  /** @param {Issuer} issuer @param {HTMLElement} error */
  #issuer(issuer, error) {
    const texts = this.#texts;
    const button = element('button', { type: 'button', class: 'primary', text: texts.signInWith(issuer.name) });
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        const known = issuer.authorization_endpoint ? issuer : (await ways()).issuers.find((each) => each.issuer === issuer.issuer);
        await (await issued()).leaveFor(known ?? issuer);
      } catch (failure) {
        const insecure = /** @type {any} */ (failure)?.code === 'insecure';
        setText(error, insecure ? texts.needsTls : texts.issuerUnreachable(issuer.name));
        error.hidden = false;
        button.disabled = false;
      }
    });
    return button;
  }

  /** To be called when it is in the document. */
  focus() {
    if (!this.#forms.length) return this.element.querySelector('button')?.focus();
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
