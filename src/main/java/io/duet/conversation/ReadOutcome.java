package io.duet.conversation;

import java.time.Duration;
import java.time.Instant;

/** What became of a read mark. */
public sealed interface ReadOutcome {
    /** It is durable. */
    record Advanced(Instant lastReadAt, long lastReadSequence) implements ReadOutcome {}

    /** The mark was there already, or beyond. */
    record Unchanged() implements ReadOutcome {}

    /** The sequence number has not been given out yet. Nothing changed. */
    record BeyondHead() implements ReadOutcome {}

    /** No such conversation, or the user takes no part in it. */
    record NotFound() implements ReadOutcome {}

    /** Could not be stored in time; repeating it does no harm. */
    record Unavailable(Duration retryAfter) implements ReadOutcome {}
}
