package io.duet.delivery;

import io.duet.message.StoredMessage;
import io.duet.tracing.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** What one node tells another. At most once each; immutable, since on one node the object itself arrives. */
sealed interface Notice {

    /**
     * A message for devices that are connected there.
     *
     * @param traceparent the trace that it belongs to (W3C Trace Context), or null; older nodes pass it over
     */
    @Proto
    @ProtoTypeId(NoticeSchema.FIRST_TYPE_ID)
    record Message(
            UUID messageId,
            UUID conversationId,
            UUID senderId,
            String clientMessageId,
            String content,
            long sequenceNumber,
            Instant createdAt,
            List<UUID> connectionIds,
            String traceparent)
            implements Notice {
        static Message of(StoredMessage message, List<UUID> connectionIds, Optional<Stage> route) {
            return new Message(
                    message.messageId(),
                    message.conversationId(),
                    message.senderId(),
                    message.clientMessageId(),
                    message.content(),
                    message.sequenceNumber(),
                    message.createdAt(),
                    connectionIds,
                    route.map(Stage::traceparent).orElse(null));
        }

        StoredMessage message() {
            return new StoredMessage(
                    messageId, conversationId, senderId, clientMessageId, content, sequenceNumber, createdAt);
        }

        /** Without the content, so that no log line can hold it. */
        @Override
        public String toString() {
            return "Message[" + messageId + "]";
        }
    }

    /** To the sender: a device of the recipient has acknowledged these, as the first. */
    @Proto
    @ProtoTypeId(NoticeSchema.FIRST_TYPE_ID + 1)
    record Delivered(
            UUID senderId,
            UUID conversationId,
            UUID deviceId,
            Instant acknowledgedAt,
            List<UUID> messageIds,
            List<Long> sequenceNumbers)
            implements Notice {}

    /** To both people, but not to the connection that read. */
    @Proto
    @ProtoTypeId(NoticeSchema.FIRST_TYPE_ID + 2)
    record Read(
            UUID peerId,
            UUID readerId,
            UUID readerConnectionId,
            UUID conversationId,
            long lastReadSequence,
            Instant readAt)
            implements Notice {}

    /** To those who have a conversation with the user. */
    @Proto
    @ProtoTypeId(NoticeSchema.FIRST_TYPE_ID + 3)
    record Presence(List<UUID> peerIds, UUID userId, boolean online, Instant lastSeenAt) implements Notice {}

    /** To the peer. */
    @Proto
    @ProtoTypeId(NoticeSchema.FIRST_TYPE_ID + 4)
    record Typing(UUID peerId, UUID conversationId, UUID userId) implements Notice {}

    /** To the node of a connection whose device connected elsewhere. */
    @Proto
    @ProtoTypeId(NoticeSchema.FIRST_TYPE_ID + 5)
    record Displaced(UUID connectionId) implements Notice {}

    /** To wherever the user is connected. */
    @Proto
    @ProtoTypeId(NoticeSchema.FIRST_TYPE_ID + 6)
    record SessionRevoked(UUID userId, UUID sessionId) implements Notice {}

    /** To wherever the user is connected. */
    @Proto
    @ProtoTypeId(NoticeSchema.FIRST_TYPE_ID + 7)
    record DeviceRemoved(UUID userId, UUID deviceId) implements Notice {}
}
