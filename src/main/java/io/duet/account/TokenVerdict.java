package io.duet.account;

import io.duet.rest.Caller;

/** What {@link Accounts#verify} found out about a bearer token. */
public sealed interface TokenVerdict {

    /** Signed by us or an issuer, not expired, and its session is open in the database at this moment. */
    record Valid(Caller caller) implements TokenVerdict {}

    /**
     * Not to be honoured.
     *
     * @param reason for a developer, one of a few fixed sentences; never part of the token
     */
    record Invalid(String reason) implements TokenVerdict {}

    /** Cannot be told now: its issuer cannot be asked for the key of its signature. */
    record Undecided() implements TokenVerdict {}
}
