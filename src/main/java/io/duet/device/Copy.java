package io.duet.device;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What the other databases know of a device.
 *
 * @param pushToken null for none
 * @param removedAt null for a device that is alive
 */
record Copy(UUID deviceId, UUID userId, String deviceType, String pushToken, OffsetDateTime removedAt) {
    static Copy alive(Device device) {
        return new Copy(
                device.deviceId(),
                device.userId(),
                device.deviceType(),
                device.pushToken().orElse(null),
                null);
    }

    /** Runs a statement that answers these five columns in this order. */
    static List<Copy> read(PreparedStatement statement) throws SQLException {
        List<Copy> copies = new ArrayList<>();
        try (var row = statement.executeQuery()) {
            while (row.next()) {
                copies.add(new Copy(
                        row.getObject(1, UUID.class),
                        row.getObject(2, UUID.class),
                        row.getString(3),
                        row.getString(4),
                        row.getObject(5, OffsetDateTime.class)));
            }
        }
        return copies;
    }

    /** Without the push token, so that no log line can hold it. */
    @Override
    public String toString() {
        return "Copy[" + deviceId + " of " + userId + "]";
    }
}
