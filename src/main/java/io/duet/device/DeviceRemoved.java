package io.duet.device;

import java.util.UUID;

/**
 * CDI event: the owner removed this device, so its connection has to close (4401). Fired on the thread that removed it,
 * after the commit, and only on the node that removed it; at most once per device.
 */
public record DeviceRemoved(UUID userId, UUID deviceId) {}
