/**
 * Who somebody is: users, local passwords, sign-in, sessions and tokens, and the people whom OpenID Connect issuers vouch for; {@link io.duet.account.Accounts} is its façade.
 *
 * <p>Tables: {@code users} (but its {@code last_seen_at}, which {@code presence} keeps), {@code credentials}, {@code sessions}, {@code signing_keys}, {@code identities}. In memory: the signing keys
 * (read once), the issuers' public keys (fetched anew all the time) and the failed sign-ins of this node (at most 100,000 keys, gone with their window). Neither users nor
 * sessions are cached.
 */
package io.duet.account;
