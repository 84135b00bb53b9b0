package io.duet.conversation;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;

/** A row of {@code read_receipts}; only SQL functions change one. */
@Entity(name = "ReadReceipt")
@Immutable
@Table(name = "read_receipts")
@IdClass(ReadReceiptEntity.Key.class)
class ReadReceiptEntity {
    record Key(UUID userId, UUID conversationId) implements Serializable {}

    @Id
    @Column(name = "user_id")
    private UUID userId;

    @Id
    @Column(name = "conversation_id")
    private UUID conversationId;

    @Column(name = "last_read_sequence", nullable = false)
    private long lastReadSequence;

    @Column(name = "last_read_at", nullable = false)
    private Instant lastReadAt;

    @Column(name = "peer_messages_read", nullable = false)
    private long peerMessagesRead;

    @Column(name = "delivered_sequence", nullable = false)
    private long deliveredSequence;

    @Column(name = "delivered_ahead", nullable = false)
    private long deliveredAhead;

    protected ReadReceiptEntity() {}
}
