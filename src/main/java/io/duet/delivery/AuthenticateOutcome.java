package io.duet.delivery;

import java.time.Instant;

/** The answer to {@code authenticate}. */
public sealed interface AuthenticateOutcome {
    /** The connection lives on until the new token expires. */
    record Authenticated(Instant expiresAt) implements AuthenticateOutcome {}

    /** Not a valid token of the same user: nothing changed. */
    record Unauthorized() implements AuthenticateOutcome {}

    /** The token cannot be judged now: nothing changed. */
    record Unavailable() implements AuthenticateOutcome {}
}
