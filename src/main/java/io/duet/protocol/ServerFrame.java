package io.duet.protocol;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What the server tells a client, one record per {@code event}. Times are sent with millisecond precision, durations in
 * seconds. Immutable; {@code toString} shows no content.
 */
public sealed interface ServerFrame {

    /**
     * The connection is established; the backlog follows.
     *
     * @param reconnectDelay upper bound of the random wait before connecting again after an unexpected close
     */
    record Connected(
            UUID userId,
            UUID deviceId,
            UUID sessionId,
            Instant serverTime,
            Duration heartbeatInterval,
            Duration heartbeatTimeout,
            int maxContentLength,
            Duration reconnectDelay)
            implements ServerFrame {}

    /** Every message that was pending when {@code connect} arrived has been sent on this connection. */
    record CaughtUp() implements ServerFrame {}

    /**
     * A message.
     *
     * @param clientMessageId present on the sender's own devices only
     */
    record NewMessage(
            UUID messageId,
            UUID conversationId,
            UUID senderId,
            String content,
            long sequenceNumber,
            Instant timestamp,
            Optional<String> clientMessageId)
            implements ServerFrame {
        @Override
        public String toString() {
            return "NewMessage[messageId=" + messageId + ", conversationId=" + conversationId + ", sequenceNumber="
                    + sequenceNumber + "]";
        }
    }

    /**
     * The message is durable.
     *
     * @param duplicate whether this client message id had been stored before; all other values are then the first ones
     */
    record Sent(
            String clientMessageId,
            UUID messageId,
            UUID conversationId,
            long sequenceNumber,
            Instant timestamp,
            boolean duplicate)
            implements ServerFrame {}

    /** A device of the recipient has acknowledged the message. */
    record Delivered(UUID messageId, UUID conversationId, long sequenceNumber, UUID deviceId, Instant timestamp)
            implements ServerFrame {}

    /** The reader's mark has moved forward. */
    record Read(UUID conversationId, UUID readerId, long lastReadSequence, Instant timestamp) implements ServerFrame {}

    /**
     * A person came or went.
     *
     * @param lastSeenAt empty while online
     */
    record Presence(UUID userId, boolean online, Optional<Instant> lastSeenAt) implements ServerFrame {}

    /** The peer is writing. */
    record Typing(UUID conversationId, UUID userId) implements ServerFrame {}

    /** The end of the answer to {@code sync}. */
    record Synced(UUID conversationId, long upToSequence, boolean hasMore) implements ServerFrame {}

    /** The new token is accepted; this is its expiry. */
    record Authenticated(Instant expiresAt) implements ServerFrame {}

    /** The answer to {@code ping}. */
    record Pong(Instant serverTime) implements ServerFrame {}

    /**
     * A frame was refused; the connection and everything else on it go on.
     *
     * @param message for a developer: no internals, nothing of the client's content
     * @param retryAfter sent in whole seconds, rounded up
     * @param action of the refused frame, as are the two that follow: present when known and valid
     */
    record Error(
            ErrorCode code,
            String message,
            Optional<Duration> retryAfter,
            Optional<String> action,
            Optional<String> clientMessageId,
            Optional<UUID> conversationId)
            implements ServerFrame {

        /** The refusal of nothing in particular. */
        public static Error of(ErrorCode code, String message) {
            return new Error(code, message, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        }

        /** The refusal of {@code frame}: echoes what correlates the two. */
        public static Error of(ClientFrame frame, ErrorCode code, String message) {
            final Optional<String> clientMessageId = frame instanceof ClientFrame.SendMessage send
                    ? Optional.of(send.clientMessageId())
                    : Optional.empty();
            return new Error(
                    code,
                    message,
                    Optional.empty(),
                    Optional.of(frame.action()),
                    clientMessageId,
                    Optional.ofNullable(conversationOf(frame)));
        }

        /** The same, with the time after which a retry makes sense. */
        public Error retryAfter(Duration delay) {
            return new Error(code, message, Optional.of(delay), action, clientMessageId, conversationId);
        }

        private static UUID conversationOf(ClientFrame frame) {
            if (frame instanceof ClientFrame.SendMessage send) {
                return send.conversationId();
            } else if (frame instanceof ClientFrame.AckUpTo ack) {
                return ack.conversationId();
            } else if (frame instanceof ClientFrame.ReadReceipt receipt) {
                return receipt.conversationId();
            } else if (frame instanceof ClientFrame.Sync sync) {
                return sync.conversationId();
            } else if (frame instanceof ClientFrame.Typing typing) {
                return typing.conversationId();
            }
            return null;
        }
    }
}
