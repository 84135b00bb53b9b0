package io.duet.message;

import java.time.Instant;
import java.util.UUID;

/**
 * A message as it stands in the log, for ever.
 *
 * @param messageId UUIDv7
 * @param sequenceNumber 1, 2, 3 … within the conversation, without a gap
 * @param createdAt by the database's clock, in whole milliseconds
 */
public record StoredMessage(
        UUID messageId,
        UUID conversationId,
        UUID senderId,
        String clientMessageId,
        String content,
        long sequenceNumber,
        Instant createdAt) {
    /** Without the content, so that no log line can hold it. */
    @Override
    public String toString() {
        return "StoredMessage[" + messageId + ", " + conversationId + " #" + sequenceNumber + "]";
    }
}
