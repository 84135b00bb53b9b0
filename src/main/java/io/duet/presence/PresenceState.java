package io.duet.presence;

import java.time.Instant;

/**
 * Whether a user is online.
 *
 * @param lastSeenAt when the last connection went; null while online, and for one who never connected
 */
public record PresenceState(boolean online, Instant lastSeenAt) {}
