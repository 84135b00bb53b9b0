/**
 * The client library of Duet: connection, outbox, inbox, history, presence, receipts; no user interface. See docs/client.md.
 *
 *     import { DuetClient, signIn } from 'https://duet.example.org/duet-client.js';
 */
export { DuetClient } from './client/client.js';
export { Refused } from './client/outbox.js';
export { ApiError } from './client/rest.js';
export { register, signIn, signInWays } from './client/accounts.js';
export { beginSignIn, completeSignIn, IssuerSession, SignInError } from './client/oidc.js';
export { MemoryStorage } from './client/storage.js';
export { codePoints, isBlank } from './client/text.js';
