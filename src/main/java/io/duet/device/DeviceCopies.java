package io.duet.device;

import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.platform.Shards;
import io.duet.platform.SqlFunction;
import jakarta.persistence.EntityManager;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Who has which devices, in every database where messages are stored: an append looks for them in its own transaction. What
 * counts is at home; whoever changes it there marks the copies in the same transaction ({@code device_copies}), and the mark goes when
 * the copy is seen to be right. With one database there are no copies and no marks.
 *
 * <p>Safe for all threads; all methods block.
 */
final class DeviceCopies {
    private static final Logger LOG = Logger.getLogger(DeviceCopies.class);

    private final Database home;
    private final Shards shards;

    DeviceCopies(Database home) {
        this.home = home;
        shards = home.shards();
    }

    /** An update, so that whoever is about to remove the mark waits for the change and sees it. */
    private static final String MARK = """
            INSERT INTO device_copies (device_id, shard, marked_at) SELECT %s, unnest(string_to_array(%s, ' ')), clock_timestamp()
            ON CONFLICT (device_id, shard) DO UPDATE SET marked_at = excluded.marked_at""";

    /** The device changes in this transaction. */
    void mark(EntityManager transaction, UUID deviceId) {
        if (shards.several()) {
            transaction.flush();
            transaction
                    .createNativeQuery(MARK.formatted("?1", "?2"))
                    .setParameter(1, deviceId)
                    .setParameter(2, names(shards.others()))
                    .executeUpdate();
        }
    }

    /** Changes the device by one statement, and marks it with that. */
    <T> T markAndChange(UUID deviceId, SqlFunction<Connection, T> change) {
        if (!shards.several()) {
            return home.query(change);
        }
        return home.transact(connection -> {
            T changed = change.apply(connection);
            try (var statement = connection.prepareStatement(MARK.formatted("?", "?"))) {
                statement.setObject(1, deviceId);
                statement.setString(2, names(shards.others()));
                statement.executeUpdate();
            }
            return changed;
        });
    }

    private static String names(List<Database> some) {
        return some.stream().map(Database::name).collect(Collectors.joining(" "));
    }

    private static final String LOCK_MARKS = "SELECT shard FROM device_copies WHERE device_id = ? FOR UPDATE";
    private static final String LOCK_USER = "SELECT user_id FROM users WHERE user_id = ? FOR NO KEY UPDATE";
    private static final String UNMARK = "DELETE FROM device_copies WHERE device_id = ?";

    private static final String GIVE = """
            UPDATE devices SET removed_at = NULL
             WHERE device_id = ? AND (SELECT count(*) FROM devices WHERE user_id = ? AND removed_at IS NULL) < ?""";

    /**
     * Makes a withheld device one that every database knows, the home database last.
     *
     * @param most devices that a user may have
     * @return false when others came first and the user has as many; then it stays withheld, and so will its copies
     * @throws DatabaseException when a database is away; then the same
     */
    boolean give(Device device, int most) {
        Optional<Boolean> given = home.inTransactionIf(
                connection -> {
                    if (column(connection, LOCK_MARKS, device.deviceId()).size()
                            < shards.others().size()) {
                        throw new SQLException("The registration took too long", "57014");
                    }
                    shards.allOthers(shard -> write(shard, List.of(Copy.alive(device))));
                    return give(connection, device, most);
                },
                done -> done);
        if (given.isEmpty()) {
            renew(device.deviceId());
        }
        return given.isPresent();
    }

    /** The lock only now, so that nobody waits for it while the others are written to. */
    private static boolean give(Connection connection, Device device, int most) throws SQLException {
        column(connection, LOCK_USER, device.userId());
        try (var give = connection.prepareStatement(GIVE);
                var unmark = connection.prepareStatement(UNMARK)) {
            give.setObject(1, device.deviceId());
            give.setObject(2, device.userId());
            give.setInt(3, most);
            boolean given = give.executeUpdate() > 0;
            unmark.setObject(1, device.deviceId());
            unmark.executeUpdate();
            return given;
        }
    }

    /** Brings the copies up to date where that is possible now; what is not is done by {@link #renewOld}. */
    void renew(UUID deviceId) {
        if (shards.several()) {
            shards.others().forEach(shard -> renewQuietly(shard, deviceId));
        }
    }

    private static final String OLD_MARKS = """
            SELECT DISTINCT device_id FROM device_copies
             WHERE shard = ? AND marked_at < clock_timestamp() - make_interval(secs => ?) LIMIT 1000""";

    /** Brings those copies up to date that have waited for longer; of a shard that is away none. */
    void renewOld(Duration age) {
        for (Database shard : shards.others()) {
            List<UUID> old = home.query(connection -> {
                try (var statement = connection.prepareStatement(OLD_MARKS)) {
                    statement.setString(1, shard.name());
                    statement.setDouble(2, age.toMillis() / 1000.0);
                    return uuids(statement);
                }
            });
            boolean answers = true;
            for (int i = 0; answers && i < old.size(); i++) {
                answers = renewQuietly(shard, old.get(i));
            }
        }
    }

    private boolean renewQuietly(Database shard, UUID deviceId) {
        try {
            renew(shard, deviceId);
            return true;
        } catch (DatabaseException e) {
            LOG.debugf(e, "The copy of device %s in shard %s has to wait", deviceId, shard.name());
            return false;
        }
    }

    private static final String LOCK_MARK = """
            SELECT device_id FROM device_copies WHERE device_id = ? AND shard = ? FOR UPDATE SKIP LOCKED""";

    private static final String STATE =
            "SELECT device_id, user_id, device_type, push_token, removed_at FROM devices WHERE device_id = ?";

    private static final String UNMARK_ONE = "DELETE FROM device_copies WHERE device_id = ? AND shard = ?";

    private void renew(Database shard, UUID deviceId) {
        boolean removed = home.transact(connection -> {
            try (var lock = connection.prepareStatement(LOCK_MARK);
                    var state = connection.prepareStatement(STATE);
                    var unmark = connection.prepareStatement(UNMARK_ONE)) {
                lock.setObject(1, deviceId);
                lock.setString(2, shard.name());
                if (uuids(lock).isEmpty()) {
                    return false;
                }
                state.setObject(1, deviceId);
                List<Copy> copies = Copy.read(state);
                shards.reachable(List.of(shard), there -> write(there, copies));
                unmark.setObject(1, deviceId);
                unmark.setString(2, shard.name());
                unmark.executeUpdate();
                return copies.stream().anyMatch(copy -> copy.removedAt() != null);
            }
        });
        if (removed) {
            new PendingInbox(shard).giveUp(deviceId);
        }
    }

    private static final String COPY = """
            INSERT INTO devices (device_id, user_id, device_type, push_token, removed_at)
            SELECT * FROM unnest(?, ?, ?, ?, ?) AS c (device_id, user_id, device_type, push_token, removed_at) ORDER BY 1
            ON CONFLICT (device_id) DO UPDATE SET push_token = excluded.push_token, removed_at = excluded.removed_at
             WHERE (devices.push_token, devices.removed_at) IS DISTINCT FROM (excluded.push_token, excluded.removed_at)""";

    /** After the return the shard has these as they are here. */
    int write(Database shard, List<Copy> copies) {
        shards.users()
                .copyTo(shard, copies.stream().map(Copy::userId).distinct().toList());
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(COPY)) {
                statement.setArray(1, array(connection, "uuid", copies, Copy::deviceId));
                statement.setArray(2, array(connection, "uuid", copies, Copy::userId));
                statement.setArray(3, array(connection, "text", copies, Copy::deviceType));
                statement.setArray(4, array(connection, "text", copies, Copy::pushToken));
                statement.setArray(5, array(connection, "timestamptz", copies, Copy::removedAt));
                return statement.executeUpdate();
            }
        });
    }

    private static java.sql.Array array(
            Connection connection, String type, List<Copy> copies, Function<Copy, Object> column) throws SQLException {
        return connection.createArrayOf(type, copies.stream().map(column).toArray());
    }

    private static List<String> column(Connection connection, String sql, UUID id) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            statement.setObject(1, id);
            List<String> values = new ArrayList<>();
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    values.add(row.getString(1));
                }
            }
            return values;
        }
    }

    private static List<UUID> uuids(PreparedStatement statement) throws SQLException {
        List<UUID> ids = new ArrayList<>();
        try (var row = statement.executeQuery()) {
            while (row.next()) {
                ids.add(row.getObject(1, UUID.class));
            }
        }
        return ids;
    }
}
