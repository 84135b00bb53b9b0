package io.duet.delivery;

import io.duet.message.AppendOutcome;
import java.time.Duration;

/** The answer to {@code send_message}. */
public sealed interface SendOutcome {
    /** What the message log says. */
    record Answered(AppendOutcome outcome) implements SendOutcome {}

    /** The user sends too fast; nothing was stored. */
    record RateLimited(Duration retryAfter) implements SendOutcome {}
}
