package io.duet.retention;

import java.util.List;
import java.util.UUID;

/**
 * The oldest messages of a conversation are gone.
 *
 * @param removedTo every message up to and with this number is gone now
 * @param messages how many went by this
 * @param pendingDevices that had not acknowledged one of them
 */
record Removal(UUID conversationId, long removedTo, long messages, List<UUID> pendingDevices) {}
