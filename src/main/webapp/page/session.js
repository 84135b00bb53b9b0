import { register, signIn } from '../duet-client.js';

const KEY = 'duet.session';
const LAST_USERNAME = 'duet.last-username';
const SERVER = document.baseURI;

/**
 * Who is signed in on this browser profile: kept in localStorage, so that a reload or another tab finds it.
 *
 * @typedef {{ userId: string, username: string, token: string }} Session
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

/** @param {string} username @param {string} password @returns {Promise<Session>} */
export async function enter(username, password) {
  const { user_id: userId, access_token: token } = await signIn({ server: SERVER, username, password });
  const session = { userId, username, token };
  localStorage.setItem(KEY, JSON.stringify(session));
  localStorage.setItem(LAST_USERNAME, username);
  return session;
}

/** @param {string} username @param {string} email @param {string} password */
export async function createAccount(username, email, password) {
  await register({ server: SERVER, username, email, password });
  return enter(username, password);
}

/** @param {string} token */
export function keepToken(token) {
  const session = restore();
  if (session) localStorage.setItem(KEY, JSON.stringify({ ...session, token }));
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
