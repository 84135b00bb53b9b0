package io.duet.message;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;

/** A row of {@code message_status}; only SQL functions write it. */
@Entity(name = "MessageStatus")
@Immutable
@Table(name = "message_status")
@IdClass(MessageStatusEntity.Key.class)
class MessageStatusEntity {
    record Key(UUID messageId, UUID deviceId) implements Serializable {}

    @Id
    @Column(name = "message_id")
    private UUID messageId;

    @Id
    @Column(name = "device_id")
    private UUID deviceId;

    @Column(nullable = false, length = 20)
    private String status;

    @Column(name = "updated_at", nullable = false)
    private Instant updatedAt;

    @Column(name = "conversation_id", nullable = false)
    private UUID conversationId;

    @Column(name = "sequence_number", nullable = false)
    private long sequenceNumber;

    protected MessageStatusEntity() {}
}
