package io.duet.account;

import io.duet.rest.Caller;

/** What {@link Accounts#verify} found out about a bearer token. */
public sealed interface TokenVerdict {

    /** Signed by us, not expired, and its session is open in the database at this moment. */
    record Valid(Caller caller) implements TokenVerdict {}

    /**
     * Not to be honoured.
     *
     * @param reason for a developer, one of a few fixed sentences; never part of the token
     */
    record Invalid(String reason) implements TokenVerdict {}
}
