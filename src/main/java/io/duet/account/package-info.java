/**
 * Who somebody is: users, local passwords and those of a directory (LDAP), sign-in, sessions and tokens, and the people whom OpenID Connect
 * issuers vouch for; {@link io.duet.account.Accounts} is its façade.
 *
 * <p>Tables: {@code users} (but its {@code last_seen_at}, which {@code presence} keeps), {@code credentials}, {@code sessions}, {@code signing_keys},
 * {@code identities}, {@code sign_in_failures}, {@code sign_in_places}, {@code ldap_accounts}, {@code ldap_check}. In memory: the signing keys
 * (read once) and the issuers' public keys (fetched anew all the time). Neither users nor
 * sessions are cached.
 */
package io.duet.account;
