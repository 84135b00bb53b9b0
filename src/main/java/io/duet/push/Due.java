package io.duet.push;

import java.util.UUID;

/** A conversation in which something waits for a device. */
record Due(UUID deviceId, UUID conversationId) {}
