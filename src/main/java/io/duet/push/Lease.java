package io.duet.push;

import java.time.OffsetDateTime;
import java.util.UUID;

/**
 * A row of {@code pushes} that this node looks after until {@code until}; then another may take it.
 *
 * @param version of the row when it was taken
 * @param attempts that have failed
 * @param toldSequence the device was told of the messages up to this one; 0: of none
 */
record Lease(UUID deviceId, UUID conversationId, OffsetDateTime until, long version, int attempts, long toldSequence) {}
