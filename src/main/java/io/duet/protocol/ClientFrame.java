package io.duet.protocol;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a client asks for, one record per {@code action}. A frame that {@link FrameCodec#decode} hands out is valid in
 * everything that can be judged without storage: every identifier is well-formed, every number is within 0 and 2^53−1,
 * content and client message id keep their rules. Immutable; {@code toString} shows neither content nor token.
 */
public sealed interface ClientFrame {

    /** The {@code action} on the wire. */
    String action();

    /**
     * The first frame of a connection.
     *
     * @param token bearer token for clients that cannot set a header; empty when the upgrade carried it
     * @param lastSequences per conversation the last sequence number that this device holds; may be empty
     */
    record Connect(UUID deviceId, Optional<String> token, Map<UUID, Long> lastSequences) implements ClientFrame {
        public Connect {
            lastSequences = Map.copyOf(lastSequences);
        }

        @Override
        public String action() {
            return "connect";
        }

        @Override
        public String toString() {
            return "Connect[deviceId=" + deviceId + ", conversations=" + lastSequences.size() + "]";
        }
    }

    /** Store this text and deliver it to the peer; {@code clientMessageId} makes a retry harmless. */
    record SendMessage(UUID conversationId, String content, String clientMessageId) implements ClientFrame {
        @Override
        public String action() {
            return "send_message";
        }

        @Override
        public String toString() {
            return "SendMessage[conversationId=" + conversationId + ", clientMessageId=" + clientMessageId + "]";
        }
    }

    /** This device has persisted something, so it need not be sent again. */
    sealed interface Ack extends ClientFrame {
        @Override
        default String action() {
            return "ack";
        }
    }

    /** Cumulative: everything of the conversation up to and with {@code sequenceNumber}; 0 acknowledges nothing. */
    record AckUpTo(UUID conversationId, long sequenceNumber) implements Ack {}

    /** Exactly this message. */
    record AckMessage(UUID messageId) implements Ack {}

    /** The person has read everything up to {@code lastReadSequence}; a value below the mark changes nothing. */
    record ReadReceipt(UUID conversationId, long lastReadSequence) implements ClientFrame {
        @Override
        public String action() {
            return "read_receipt";
        }
    }

    /**
     * Send the messages after a sequence number again.
     *
     * @param limit 1 to 500 messages at most
     */
    record Sync(UUID conversationId, long afterSequence, int limit) implements ClientFrame {
        /** The limit when the client names none. */
        public static final int DEFAULT_LIMIT = 100;

        /** The highest limit that a client may name. */
        public static final int MAX_LIMIT = 500;

        @Override
        public String action() {
            return "sync";
        }
    }

    /** The person is writing. */
    record Typing(UUID conversationId) implements ClientFrame {
        @Override
        public String action() {
            return "typing";
        }
    }

    /** A fresh token of the same user, to stay connected past the old one's expiry. */
    record Authenticate(String token) implements ClientFrame {
        @Override
        public String action() {
            return "authenticate";
        }

        @Override
        public String toString() {
            return "Authenticate[]";
        }
    }

    /** Are you there? */
    record Ping() implements ClientFrame {
        @Override
        public String action() {
            return "ping";
        }
    }
}
