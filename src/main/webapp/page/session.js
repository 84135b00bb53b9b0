import { register, signIn, signInWays } from '../client/accounts.js';
/** @import { IssuerTokens } from '../client/oidc.js' */

const KEY = 'duet.session';
const LAST_USERNAME = 'duet.last-username';
export const PENDING = 'duet.sign-in';
export const SERVER = document.baseURI;
/** What only those need who sign in at an issuer. */
export const issued = () => import('./issued.js');

/**
 * Who is signed in on this browser profile: kept in localStorage, so that a reload or another tab finds it.
 *
 * @typedef {{ userId: string, username: string, token: string, issued?: IssuerTokens }} Session `issued`: of a sign-in at an issuer
 */

/** @returns {Session | null} */
export function restore() {
  try {
    const session = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return session?.userId && session.token ? session : null;
  } catch {
    return null;
  }
}

/** In which ways one may come in. */
export function ways() {
  return signInWays({ server: SERVER });
}

/** @param {string} username @param {string} password @returns {Promise<Session>} */
export async function enter(username, password) {
  const { user_id: userId, access_token: token } = await signIn({ server: SERVER, username, password });
  localStorage.setItem(LAST_USERNAME, username);
  return keep({ userId, username, token });
}

/** @param {string} username @param {string} email @param {string} password */
export async function createAccount(username, email, password) {
  await register({ server: SERVER, username, email, password });
  return enter(username, password);
}

/**
 * What an issuer said, if this page was opened by one that sends somebody back. Takes it out of the address and the history, and can
 * be asked only once.
 *
 * @returns {(() => Promise<Session>) | null} goes on with the sign-in
 */
export function comesBack() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('state') || !(answer.has('code') || answer.has('error'))) return null;
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null');
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, '', location.pathname + (pending?.hash ?? ''));
  if (!pending) return null;
  return async () => (await issued()).complete(pending, answer);
}

/** @param {Session} session */
export function keep(session) {
  localStorage.setItem(KEY, JSON.stringify(session));
  return session;
}

/** @param {string} token */
export function keepToken(token) {
  const session = restore();
  if (session && !session.issued) keep({ ...session, token });
}

export function forget() {
  localStorage.removeItem(KEY);
}

export function lastUsername() {
  return localStorage.getItem(LAST_USERNAME) ?? '';
}

/** Another tab signed out, or signed somebody else in. @param {() => void} listener */
export function onReplaced(listener) {
  const userId = restore()?.userId;
  addEventListener('storage', ({ key }) => {
    if ((key === KEY || key === null) && restore()?.userId !== userId) listener();
  });
}
