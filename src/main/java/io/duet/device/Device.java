package io.duet.device;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One of a user's devices. Immutable.
 *
 * @param deviceType {@code phone}, {@code desktop} or {@code web}
 * @param name what its owner calls it
 * @param pushToken the address at a push service, for its owner and the push service only
 * @param lastActiveAt when it last connected, or was registered
 */
public record Device(
        UUID deviceId,
        UUID userId,
        String deviceType,
        Optional<String> name,
        Optional<String> pushToken,
        Instant lastActiveAt) {

    /** Without the push token, so that no log line can hold it. */
    @Override
    public String toString() {
        return "Device[" + deviceId + " of " + userId + "]";
    }
}
