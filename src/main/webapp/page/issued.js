import { DuetClient } from '../client/client.js';
import { beginSignIn, completeSignIn, IssuerSession } from '../client/oidc.js';
import { keep, PENDING, restore, SERVER } from './session.js';
/** @import { Issuer } from '../client/oidc.js' */
/** @import { Session } from './session.js' */

/** Where an issuer sends people back to. */
const HOME = new URL('.', document.baseURI).href;

/** Goes to the issuer. What must be remembered until the way back stays in this tab. @param {Issuer} issuer */
export async function leaveFor(issuer) {
  const { address, pending } = await beginSignIn(issuer, HOME);
  sessionStorage.setItem(PENDING, JSON.stringify({ ...pending, hash: location.hash }));
  location.assign(address);
}

/** Goes on with the sign-in of somebody who has come back. @param {any} pending @param {URLSearchParams} answer @returns {Promise<Session>} */
export async function complete(pending, answer) {
  const issued = await completeSignIn(pending, answer);
  const client = new DuetClient({ server: SERVER, token: issued.token });
  const { user_id: userId, username } = await client.rest.get('users/me');
  return keep({ userId, username, token: issued.token, issued });
}

/** The tokens of the sign-in; they change as time goes by, also in other tabs. */
export function issuerSession() {
  const userId = restore()?.userId;
  const load = () => {
    const session = restore();
    return (session?.userId === userId && session?.issued) || null;
  };
  return new IssuerSession(load, (issued) => {
    const session = restore();
    if (session && session.userId === userId) keep({ ...session, token: issued.token, issued });
  });
}

/**
 * How to end the session at its issuer too, with the tokens of now: another tab may forget them first.
 *
 * @returns {() => Promise<string | null>} does it, and says where to go for that, if anywhere
 */
export function departure() {
  const tokens = restore()?.issued ?? null;
  const session = new IssuerSession(
    () => tokens,
    () => {},
  );
  return async () => {
    await session.revoke();
    return session.signOutAddress(HOME);
  };
}
