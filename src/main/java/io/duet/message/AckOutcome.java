package io.duet.message;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What became of an {@link Acknowledgement}. */
public sealed interface AckOutcome {
    /**
     * It is durable, and those messages left the device's durable inbox.
     *
     * @param peerId the other participant, who wrote {@code newlyDelivered}
     * @param sequenceNumber what the acknowledgement meant, also where it named a message
     * @param acknowledgedAt by the database's clock
     * @param newlyDelivered messages of the peer of which this was the first acknowledgement by any device of the user,
     *     ascending; after very long absence only the newest 500, which imply the older. Exactly one acknowledgement gets
     *     each message, however many devices acknowledge at once; none does when the connection to the database broke at
     *     the moment of the commit (the marks are right nevertheless)
     */
    record Delivered(
            UUID conversationId,
            UUID peerId,
            long sequenceNumber,
            Instant acknowledgedAt,
            List<DeliveredMessage> newlyDelivered)
            implements AckOutcome {}

    /** The sequence number has not been given out yet. Nothing changed. */
    record BeyondHead() implements AckOutcome {}

    /** No such conversation or message, or the user takes no part in it. */
    record NotFound() implements AckOutcome {}

    /** Could not be stored in time; repeating it does no harm. */
    record Unavailable(Duration retryAfter) implements AckOutcome {}
}
