package io.duet.presence;

import java.time.Instant;
import java.util.UUID;

/**
 * A user came online or went offline.
 *
 * @param lastSeenAt when the last connection went; null when the user came online
 */
public record PresenceChange(UUID userId, boolean online, Instant lastSeenAt) {}
