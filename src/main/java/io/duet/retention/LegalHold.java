package io.duet.retention;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Messages that must not be removed, whatever their age: those of one conversation, or of every conversation of one user. One of the
 * two is present.
 *
 * @param placedBy the administrator
 */
public record LegalHold(
        UUID holdId,
        Optional<UUID> conversationId,
        Optional<UUID> userId,
        String reason,
        UUID placedBy,
        Instant placedAt) {}
