package io.duet.message;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** What became of a {@link Draft}. */
public sealed interface AppendOutcome {
    /**
     * It is durable.
     *
     * @param message the first message with this client message id
     * @param duplicate it had been stored before
     * @param recipientId the other participant
     * @param targetDevices that have an inbox entry for it since this commit: the recipient's devices and the sender's
     *     others; empty for a duplicate
     */
    record Stored(StoredMessage message, boolean duplicate, UUID recipientId, List<UUID> targetDevices)
            implements AppendOutcome {}

    /** The client message id belongs to a message with other content, which stands. Nothing was stored. */
    record ContentConflict() implements AppendOutcome {}

    /** No such conversation, or the sender takes no part in it. Nothing was stored. */
    record UnknownConversation() implements AppendOutcome {}

    /** Could not be stored in time; whether it was is unknown. A retry with the same client message id settles it. */
    record Unavailable(Duration retryAfter) implements AppendOutcome {}
}
