package io.duet.message;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** How far a message has come: which devices hold it, and whether the recipient has read it. */
public record MessageStatus(UUID messageId, boolean read, List<OnDevice> items) {
    public record OnDevice(UUID deviceId, String deviceType, String status, Instant updatedAt) {}
}
