package io.duet.push;

import io.duet.device.Devices;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Which devices have a push token, as of the latest look into the database. Asking is for every thread and costs nothing. */
final class Holders {
    private final Devices devices;
    private volatile Map<UUID, UUID> users = Map.of();

    Holders(Devices devices) {
        this.devices = devices;
    }

    boolean none() {
        return users.isEmpty();
    }

    /** Whether the device has a push token and belongs to somebody else than this user. */
    boolean isOfAnother(UUID deviceId, UUID userId) {
        UUID owner = users.get(deviceId);
        return owner != null && !owner.equals(userId);
    }

    /** Looks, and returns the devices that had none before. Blocks on the database. */
    Set<UUID> look() {
        Map<UUID, UUID> now = Map.copyOf(devices.withPushToken());
        var added = new HashSet<UUID>(now.keySet());
        added.removeAll(users.keySet());
        users = now;
        return added;
    }
}
