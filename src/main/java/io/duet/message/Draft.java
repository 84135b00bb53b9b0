package io.duet.message;

import java.util.UUID;

/**
 * A message that is to be stored. Content and client message id are valid by the wire contract (2.6).
 *
 * @param senderDeviceId the one device that gets no copy; null: all of the sender's devices get one
 * @param clientMessageId the sender's own id; within a conversation it names this message for ever
 */
public record Draft(UUID conversationId, UUID senderId, UUID senderDeviceId, String clientMessageId, String content) {
    /** Without the content, so that no log line can hold it. */
    @Override
    public String toString() {
        return "Draft[" + conversationId + ", from " + senderId + ", " + clientMessageId + "]";
    }
}
