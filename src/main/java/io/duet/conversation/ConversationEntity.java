package io.duet.conversation;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;

/** A row of {@code conversations}; only SQL functions change one. */
@Entity(name = "Conversation")
@Immutable
@Table(name = "conversations")
class ConversationEntity {
    @Id
    @Column(name = "conversation_id")
    private UUID conversationId;

    @Column(name = "participant_1", nullable = false)
    private UUID first;

    @Column(name = "participant_2", nullable = false)
    private UUID second;

    @Column(name = "created_at", nullable = false)
    private Instant createdAt;

    @Column(name = "updated_at", nullable = false)
    private Instant updatedAt;

    @Column(name = "last_sequence", nullable = false)
    private long lastSequence;

    @Column(name = "sent_by_1", nullable = false)
    private long sentByFirst;

    @Column(name = "sent_by_2", nullable = false)
    private long sentBySecond;

    protected ConversationEntity() {}

    Participants participants() {
        return new Participants(first, second);
    }

    long lastSequence() {
        return lastSequence;
    }
}
