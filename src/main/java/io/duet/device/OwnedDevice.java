package io.duet.device;

import java.util.UUID;

/** A device, and the user whose it is said to be. */
public record OwnedDevice(UUID userId, UUID deviceId) {}
