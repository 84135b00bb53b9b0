/**
 * Who somebody is: users, local passwords, sign-in, sessions and tokens; {@link io.duet.account.Accounts} is its façade.
 *
 * <p>Tables: {@code users} (but its {@code last_seen_at}, which {@code presence} keeps), {@code credentials}, {@code sessions}, {@code signing_keys}. In memory: the signing keys
 * (read once) and the failed sign-ins of this node (at most 100,000 keys, gone with their window). Neither users nor
 * sessions are cached.
 */
package io.duet.account;
