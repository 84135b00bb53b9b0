package io.duet.push;

import java.util.UUID;

/** A person who has read on in a conversation. */
record ReadOn(UUID userId, UUID conversationId) {}
