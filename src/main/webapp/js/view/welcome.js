import { Session } from '../session.js';

const LAST_USERNAME = 'duet.last-username';
const byId = (id) => document.getElementById(id);

/** Signing in and creating an account. Resolves with the session. */
export function welcome(notice) {
  const root = byId('welcome');
  const tabs = [byId('tab-sign-in'), byId('tab-register')];
  root.hidden = false;
  showNotice(notice);
  tabs.forEach((tab) => tab.addEventListener('click', () => select(tabs, tab)));
  byId('welcome').querySelector('.tabs').addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const other = tabs.find((tab) => tab.getAttribute('aria-selected') === 'false');
    select(tabs, other);
    other.focus();
  });
  fillUsername(byId('sign-in'));
  return new Promise((resolve) => {
    const done = (session) => {
      localStorage.setItem(LAST_USERNAME, session.username);
      root.hidden = true;
      resolve(session);
    };
    onSubmit(byId('sign-in'), ({ username, password }) => Session.signIn(username, password), done);
    onSubmit(byId('register'), ({ username, email, password }) => Session.register(username, email, password), done);
  });
}

function fillUsername(form) {
  const { username, password } = form.elements;
  username.value = localStorage.getItem(LAST_USERNAME) ?? '';
  (username.value ? password : username).focus();
}

function showNotice(notice) {
  byId('welcome-notice').hidden = !notice;
  byId('welcome-notice').textContent = notice ?? '';
}

function select(tabs, chosen) {
  for (const tab of tabs) {
    tab.setAttribute('aria-selected', String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    byId(tab.getAttribute('aria-controls')).hidden = tab !== chosen;
  }
}

function onSubmit(form, enter, done) {
  const button = form.querySelector('button');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const values = Object.fromEntries(new FormData(form));
    values.username = values.username.trim();
    const fault = firstFault(form, values);
    if (fault) return fail(form, fault);
    button.disabled = true;
    try {
      done(await enter(values));
    } catch (error) {
      fail(form, { message: explain(error) });
    } finally {
      button.disabled = false;
    }
  });
}

function firstFault(form, { username, email, password }) {
  const registering = form.id === 'register';
  if (!username) return { field: 'username', message: 'Enter your username.' };
  if (registering && !/^[a-z0-9._-]{3,50}$/u.test(username)) {
    return { field: 'username', message: 'A username has 3 to 50 of a–z, 0–9, dot, underscore and hyphen.' };
  }
  if (registering && !/^\S+@\S+$/u.test(email)) return { field: 'email', message: 'Enter your e-mail address.' };
  if (!password) return { field: 'password', message: 'Enter your password.' };
  if (registering && [...password].length < 12) {
    return { field: 'password', message: 'The password needs at least 12 characters.' };
  }
  return null;
}

function fail(form, { field, message }) {
  const place = form.querySelector('.form-error');
  place.textContent = message;
  place.hidden = false;
  if (field) form.elements[field].focus();
}

function explain(error) {
  if (error.status === 401) return 'Username or password is not right.';
  if (error.status === 429) {
    const seconds = error.retryAfterSeconds;
    return `Too many attempts. Please wait ${seconds ? `${seconds} seconds` : 'a while'} and try again.`;
  }
  return error.message;
}
