package io.duet.message;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** A row of {@code messages}; {@code append_messages} writes it, nothing changes it. */
@Entity(name = "Message")
@Immutable
@Table(name = "messages")
class MessageEntity {
    @Id
    @Column(name = "message_id")
    private UUID messageId;

    @Column(name = "conversation_id", nullable = false)
    private UUID conversationId;

    @Column(name = "sender_id", nullable = false)
    private UUID senderId;

    @Column(name = "client_message_id", nullable = false, length = 64)
    private String clientMessageId;

    @JdbcTypeCode(SqlTypes.LONGVARCHAR)
    @Column(nullable = false)
    private String content;

    @Column(name = "sequence_number", nullable = false)
    private long sequenceNumber;

    @Column(name = "created_at", nullable = false)
    private Instant createdAt;

    protected MessageEntity() {}

    StoredMessage toStoredMessage() {
        return new StoredMessage(
                messageId, conversationId, senderId, clientMessageId, content, sequenceNumber, createdAt);
    }
}
