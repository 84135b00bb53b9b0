package io.duet.export;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A conversation at one moment.
 *
 * @param removedTo every message up to it is gone because of its age; 0 for none
 */
record ExportedConversation(
        UUID conversationId,
        Instant createdAt,
        long removedTo,
        long lastSequence,
        List<ExportLine.Participant> participants) {}
