package io.duet.push;

import java.time.Duration;
import java.util.Optional;

/** What became of a push. */
public sealed interface PushOutcome {
    /** The push service has it. */
    record Accepted() implements PushOutcome {}

    /** The push service knows this token no more, and never will. */
    record TokenGone() implements PushOutcome {}

    /** More than the push service takes. */
    record TooLarge() implements PushOutcome {}

    /** Not now; it is tried again, at the earliest after {@code retryAfter}. */
    record Unavailable(Optional<Duration> retryAfter) implements PushOutcome {}

    /**
     * Never this way.
     *
     * @param why for the log: without the token
     */
    record Refused(String why) implements PushOutcome {}
}
