package io.duet.message;

import java.util.UUID;

/** A message that has reached the first of its recipient's devices. */
public record DeliveredMessage(UUID messageId, long sequenceNumber) {}
