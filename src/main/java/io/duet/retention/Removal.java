package io.duet.retention;

import java.util.UUID;

/**
 * The oldest messages of a conversation are gone.
 *
 * @param removedTo every message up to and with this number is gone now
 * @param messages how many went by this
 */
record Removal(UUID conversationId, long removedTo, long messages) {}
