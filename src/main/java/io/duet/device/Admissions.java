package io.duet.device;

import io.duet.platform.Database;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The numbers by which connections of one device are told apart: which is the newest, in the whole cluster. */
final class Admissions {
    private final Database database;
    private final Clock clock;

    Admissions(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** The rows are locked in one order, or two nodes that admit the same devices might wait for each other. */
    private static final String ADMIT = """
            WITH wanted AS (
                SELECT d.device_id FROM unnest(?, ?) AS w (device_id, user_id)
                JOIN devices d ON d.device_id = w.device_id AND d.user_id = w.user_id
                WHERE d.removed_at IS NULL ORDER BY d.device_id FOR NO KEY UPDATE OF d)
            UPDATE devices d SET last_active_at = greatest(d.last_active_at, ?), admissions = d.admissions + 1
            FROM wanted WHERE d.device_id = wanted.device_id RETURNING d.device_id, d.user_id, d.admissions
            """;

    /** See {@link Devices#admit}. */
    Map<OwnedDevice, Long> admit(Supplier<Set<OwnedDevice>> wanted) {
        final Set<OwnedDevice> all = wanted.get();
        for (Set<OwnedDevice> left = all; !left.isEmpty(); left = intersection(left, wanted.get())) {
            final Set<OwnedDevice> together = left;
            final Optional<Map<OwnedDevice, Long>> admitted = database.inTransactionIf(
                    connection -> admit(connection, together),
                    done -> wanted.get().containsAll(together));
            if (admitted.isPresent()) {
                return admitted.get();
            }
        }
        return Map.of();
    }

    private Map<OwnedDevice, Long> admit(Connection connection, Set<OwnedDevice> together) throws SQLException {
        try (var update = connection.prepareStatement(ADMIT)) {
            update.setArray(1, uuids(connection, together, OwnedDevice::deviceId));
            update.setArray(2, uuids(connection, together, OwnedDevice::userId));
            update.setTimestamp(3, Timestamp.from(clock.instant()));
            try (var rows = update.executeQuery()) {
                final Map<OwnedDevice, Long> admitted = new HashMap<>();
                while (rows.next()) {
                    admitted.put(
                            new OwnedDevice(rows.getObject(2, UUID.class), rows.getObject(1, UUID.class)),
                            rows.getLong(3));
                }
                return admitted;
            }
        }
    }

    private static Set<OwnedDevice> intersection(Set<OwnedDevice> one, Set<OwnedDevice> other) {
        return one.stream().filter(other::contains).collect(Collectors.toSet());
    }

    private static Array uuids(Connection connection, Collection<OwnedDevice> devices, Function<OwnedDevice, UUID> part)
            throws SQLException {
        return connection.createArrayOf("uuid", devices.stream().map(part).toArray());
    }

    private static final String LATEST =
            "SELECT device_id, admissions FROM devices WHERE device_id = ANY (?) AND removed_at IS NULL";

    /** See {@link Devices#latestAdmissions}. */
    Map<UUID, Long> latest(Collection<UUID> deviceIds) {
        if (deviceIds.isEmpty()) {
            return Map.of();
        }
        return database.query(connection -> {
            try (var select = connection.prepareStatement(LATEST)) {
                select.setArray(1, connection.createArrayOf("uuid", deviceIds.toArray()));
                try (var rows = select.executeQuery()) {
                    Map<UUID, Long> latest = new HashMap<>();
                    while (rows.next()) {
                        latest.put(rows.getObject(1, UUID.class), rows.getLong(2));
                    }
                    return latest;
                }
            }
        });
    }
}
