package io.duet.checker;

import java.util.Map;
import java.util.UUID;

/**
 * What the journal keeps of one frame, or of the life of a connection. Users, devices and conversations are indices of the
 * {@link World}; −1 is somebody or something that the world does not know.
 */
sealed interface Frame {

    /** A message as a client sees it. {@code key} is 0 where the frame has no {@code client_message_id}. */
    record Message(long sequence, UUID id, int sender, long key, long contentHash, long timestamp) {}

    record Connect(Map<Integer, Long> lastSequences) implements Frame {}

    /** @param variant 0 is the content of this key, anything else is another one under the same key */
    record Send(int conversation, long key, int variant) implements Frame {}

    record AckUpTo(int conversation, long sequence) implements Frame {}

    record AckOne(int conversation, long sequence, UUID messageId) implements Frame {}

    record ReadUpTo(int conversation, long sequence) implements Frame {}

    record Sync(int conversation, long after, int limit) implements Frame {}

    record Type(int conversation) implements Frame {}

    /** Times in seconds. */
    record Connected(UUID sessionId, double heartbeatInterval, double reconnectDelay) implements Frame {}

    record CaughtUp() implements Frame {}

    record NewMessage(int conversation, Message message) implements Frame {}

    record Sent(int conversation, long key, UUID messageId, long sequence, long timestamp, boolean duplicate)
            implements Frame {}

    record Delivered(int conversation, UUID messageId, long sequence, int device) implements Frame {}

    record Read(int conversation, int reader, long sequence) implements Frame {}

    record Presence(int user, boolean online, boolean lastSeen) implements Frame {}

    record Typing(int conversation, int user) implements Frame {}

    record Synced(int conversation, long upTo, boolean more) implements Frame {}

    record Refused(String code, boolean retryable, double retryAfterSeconds, String action, long key)
            implements Frame {}

    /** A frame that is not as the contract says. */
    record Unintelligible(String text) implements Frame {}

    /** The socket is open. */
    record Opened() implements Frame {}

    /** @param code of the close frame, 0 when there was none */
    record Closed(int code, String how, boolean byUs) implements Frame {}

    /** What REST said about a conversation to one of the two. */
    record Viewed(int user, View view) implements Frame {}

    /** {@code GET /api/conversations/{id}} */
    record View(
            int conversation,
            long lastSequence,
            long unreadCount,
            long myLastRead,
            long peerLastRead,
            long peerDelivered) {}

    /** A send without an answer that is not repeated: it was stored once or not at all. */
    record Abandoned(long key) implements Frame {}

    /** A device was registered; what was stored from now on is owed to it. */
    record Registered(int device) implements Frame {}

    /** REST has shown that every acknowledgement so far is stored. */
    record AcksConfirmed() implements Frame {}

    /** Something from outside, a fault for instance. */
    record Note(String text) implements Frame {}
}
