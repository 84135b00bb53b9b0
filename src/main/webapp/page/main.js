import '../duet-chat.js';
import { element } from '../chat/dom.js';
import { icon } from '../chat/icons.js';
import { languageFor, localeFor, textsIn } from '../chat/texts.js';
import { Times } from '../chat/times.js';
import { comesBack, forget, issued, keepToken, onReplaced, restore, ways } from './session.js';
import { Welcome } from './welcome.js';
/** @import { Push } from './push.js' */
/** @import { Session } from './session.js' */

const NOTICE = 'duet.notice';
const FORGET_PUSH_MS = 2_000;
const language = languageFor(navigator.languages);
const texts = await textsIn(language);
const app = /** @type {HTMLElement} */ (document.getElementById('app'));

/** A fresh page is the one way from one person to the next: nothing of another one can be left over. @param {string} [notice] */
function restart(notice) {
  if (notice) sessionStorage.setItem(NOTICE, notice);
  history.replaceState(null, '', location.pathname);
  location.reload();
}

function takeNotice() {
  const notice = sessionStorage.getItem(NOTICE) ?? '';
  sessionStorage.removeItem(NOTICE);
  return notice;
}

/** @param {string} [notice] why the person is here */
async function welcome(notice = takeNotice()) {
  const offered = await ways().catch(() => ({ local: true, registration: true, issuers: [] }));
  const card = new Welcome(texts, notice, offered, (session) => chat(session));
  app.className = 'centred';
  app.replaceChildren(card.element);
  card.focus();
}

/** Somebody comes back from an issuer. @param {() => Promise<Session>} goOn */
async function arrive(goOn) {
  app.className = 'centred';
  app.replaceChildren(element('p', { role: 'status', text: texts.signingIn }));
  try {
    chat(await goOn());
  } catch (error) {
    console.info('The sign-in failed:', error);
    welcome(texts.signInFailed);
  }
}

/** What not everybody needs is loaded when it is wanted. @template T @param {() => Promise<T>} load @returns {() => Promise<T>} */
function once(load) {
  /** @type {Promise<T> | undefined} */
  let loaded;
  return () => (loaded ??= load());
}

/** @param {Session} session */
async function chat(session) {
  const duet = element('duet-chat', { lang: language });
  duet.token = session.issued ? (await issued()).issuerSession().token : session.token;
  const push = once(async () => new (await import('./push.js')).Push(() => duet.client));
  // Once this tab has begun to go it does so in its own order, though another one may have forgotten the session already
  let goes = false;
  let leaveIssuer = async () => /** @type {string | null} */ (null);
  const leave = async () => {
    goes = true;
    if (session.issued) leaveIssuer = (await issued()).departure();
    await duet.client?.signOut();
  };
  const dialog = once(async () => {
    const [{ Account }, pushes] = await Promise.all([import('./account.js'), push()]);
    const times = new Times(localeFor(language, navigator.languages), texts);
    const account = new Account(texts, times, session.username, () => duet.client, pushes, leave);
    app.append(account.element);
    return account;
  });
  const button = element('button', { type: 'button', slot: 'actions', class: 'round', 'aria-label': texts.account, title: texts.account }, icon('person'));
  button.addEventListener('click', async () => (await dialog()).open());
  duet.append(element('span', { slot: 'brand', class: 'brand small' }, icon('duet'), 'Duet'), button);
  duet.addEventListener('duet-token', (/** @type {CustomEvent} */ { detail: token }) => keepToken(token));
  duet.addEventListener('duet-unread', (/** @type {CustomEvent} */ { detail: count }) => showUnread(count));
  duet.addEventListener('duet-end', (/** @type {CustomEvent} */ { detail: reason }) => {
    goes = true;
    ended(reason, leaveIssuer, push);
  });
  duet.addEventListener('duet-ready', () => keepPushes(push));
  onNotificationClicked((conversation) => duet.open(conversation));
  onReplaced(() => goes || restart());
  keepInAddress(duet);
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
    event.preventDefault();
    duet.focusSearch();
  });
  app.className = '';
  app.replaceChildren(element('h1', { class: 'hidden-text', text: 'Duet' }), duet);
  navigator.storage?.persist?.().catch(() => {});
}

/** Only who has allowed notifications can have a subscription. @param {() => Promise<Push>} push */
async function keepPushes(push) {
  if (globalThis.Notification?.permission !== 'granted') return;
  await (await push()).keep().catch(() => {});
}

/** Hears which conversation a notification was clicked for. @param {(conversation: string) => void} listener */
function onNotificationClicked(listener) {
  navigator.serviceWorker?.addEventListener('message', ({ data }) => data?.open && listener(data.open));
}

/** @param {number} count */
function showUnread(count) {
  document.title = count > 0 ? `(${count}) Duet` : 'Duet';
  if (count > 0) navigator.setAppBadge?.(count).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}

/**
 * Whoever comes next to this browser must not be told of the messages of whom was here.
 *
 * @param {string} reason @param {() => Promise<string | null>} leaveIssuer @param {() => Promise<Push>} push
 */
async function ended(reason, leaveIssuer, push) {
  const notice = reason === 'signed-out' ? texts.signedOut : texts.sessionEnded;
  const elsewhere = reason === 'signed-out' ? await leaveIssuer() : null;
  forget();
  const forgotten = push().then((pushes) => pushes.forget());
  await Promise.race([forgotten, new Promise((resolve) => setTimeout(resolve, FORGET_PUSH_MS))]).catch(() => {});
  if (!elsewhere) return restart(notice);
  sessionStorage.setItem(NOTICE, notice);
  history.replaceState(null, '', location.pathname);
  location.assign(elsewhere);
}

/** The open conversation stands in the address, so that "back" leads to the list. @param {any} duet */
function keepInAddress(duet) {
  const wanted = location.hash.slice(1);
  if (wanted) duet.setAttribute('conversation', wanted);
  duet.addEventListener('duet-open', (/** @type {CustomEvent} */ { detail: id }) => {
    if (location.hash.slice(1) === (id ?? '')) return;
    const address = id ? `#${id}` : location.pathname;
    if (location.hash && id) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
  });
  addEventListener('popstate', () => duet.open(location.hash.slice(1) || null));
}

document.documentElement.lang = language;
const goOn = comesBack();
const session = restore();
if (goOn) arrive(goOn);
else if (session) chat(session);
else welcome();
