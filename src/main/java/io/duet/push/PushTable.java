package io.duet.push;

import io.duet.platform.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * The table {@code pushes}: what has to be looked at, and by whom. A node takes a row by a lease, so each is with one node at
 * a time, and a node that dies gives back what it had when the leases end. Everything is in the time of PostgreSQL. Each
 * method is one transaction and blocks; rows are locked in the order of their key.
 */
final class PushTable {
    private final Database database;

    PushTable(Database database) {
        this.database = database;
    }

    /** A row that waits for another attempt, or is being looked at, keeps its time: the version tells that there is more. */
    private static final String NOTE = """
            INSERT INTO pushes (device_id, conversation_id, due_at)
            SELECT w.device_id, w.conversation_id, clock_timestamp()
              FROM unnest(?, ?) AS w (device_id, conversation_id)
              CROSS JOIN LATERAL (
                   SELECT 1 FROM devices
                    WHERE device_id = w.device_id AND push_token IS NOT NULL AND removed_at IS NULL OFFSET 0) d
              CROSS JOIN LATERAL (
                   SELECT 1 FROM message_status s
                    WHERE s.device_id = w.device_id AND s.conversation_id = w.conversation_id AND s.status = 'sent'
                    LIMIT 1) pending
             ORDER BY w.device_id, w.conversation_id
            ON CONFLICT (device_id, conversation_id) DO UPDATE
               SET due_at = coalesce(pushes.due_at, excluded.due_at), version = pushes.version + 1""";

    /** Of these the ones that still wait are due from now on. Each may be there once. Returns how many. */
    int note(Collection<Due> waiting) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(NOTE)) {
                statement.setArray(1, uuids(connection, waiting, Due::deviceId));
                statement.setArray(2, uuids(connection, waiting, Due::conversationId));
                return statement.executeUpdate();
            }
        });
    }

    private static final String NOTE_READ = """
            WITH shown AS (
                SELECT p.device_id, p.conversation_id FROM unnest(?, ?) AS r (user_id, conversation_id)
                  CROSS JOIN LATERAL (SELECT device_id FROM devices WHERE user_id = r.user_id OFFSET 0) d
                  JOIN pushes p ON p.device_id = d.device_id AND p.conversation_id = r.conversation_id
                 ORDER BY p.device_id, p.conversation_id FOR NO KEY UPDATE OF p)
            UPDATE pushes p SET due_at = coalesce(p.due_at, clock_timestamp()), version = p.version + 1
              FROM shown WHERE p.device_id = shown.device_id AND p.conversation_id = shown.conversation_id""";

    /** These people have read on: what their devices show of it is to be looked at. */
    int noteRead(Collection<ReadOn> reads) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(NOTE_READ)) {
                statement.setArray(1, uuids(connection, reads, ReadOn::userId));
                statement.setArray(2, uuids(connection, reads, ReadOn::conversationId));
                return statement.executeUpdate();
            }
        });
    }

    private static final String TAKE = """
            WITH due AS (
                SELECT device_id, conversation_id FROM pushes WHERE due_at <= clock_timestamp()
                 ORDER BY due_at LIMIT ? FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE pushes p SET due_at = clock_timestamp() + make_interval(secs => ?)
              FROM due WHERE p.device_id = due.device_id AND p.conversation_id = due.conversation_id
            RETURNING p.device_id, p.conversation_id, p.due_at, p.version, p.attempts, p.told_sequence""";

    /** Takes what is due and nobody has taken, the longest due first. */
    List<Lease> take(int limit, Duration lease) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(TAKE)) {
                statement.setInt(1, limit);
                statement.setDouble(2, seconds(lease));
                var leases = new ArrayList<Lease>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        leases.add(new Lease(
                                row.getObject(1, UUID.class),
                                row.getObject(2, UUID.class),
                                row.getObject(3, OffsetDateTime.class),
                                row.getLong(4),
                                row.getInt(5),
                                row.getLong(6)));
                    }
                }
                return leases;
            }
        });
    }

    /** What was told is noted even when the lease has ended meanwhile, so that it is not told again. */
    private static final String TOLD = """
            UPDATE pushes
               SET told_sequence = greatest(told_sequence, ?), attempts = 0,
                   due_at = CASE WHEN due_at = ? THEN CASE WHEN version = ? THEN NULL ELSE clock_timestamp() END
                                 ELSE due_at END
             WHERE device_id = ? AND conversation_id = ?""";

    /** The device has been told up to there; with 0: there is nothing to tell now. */
    void told(Lease lease, long sequence) {
        update(TOLD, statement -> {
            statement.setLong(1, sequence);
            statement.setObject(2, lease.until());
            statement.setLong(3, lease.version());
            setKey(statement, 4, lease);
        });
    }

    private static final String SETTLE =
            "DELETE FROM pushes WHERE device_id = ? AND conversation_id = ? AND due_at = ? AND version = ?";

    private static final String LOOK_AGAIN =
            "UPDATE pushes SET due_at = clock_timestamp() WHERE device_id = ? AND conversation_id = ? AND due_at = ?";

    /** Nothing is shown on the device and nothing has to be: the row is not needed, unless something came meanwhile. */
    void settle(Lease lease) {
        boolean gone = update(SETTLE, statement -> {
                    setKey(statement, 1, lease);
                    statement.setObject(3, lease.until());
                    statement.setLong(4, lease.version());
                })
                > 0;
        if (!gone) {
            update(LOOK_AGAIN, statement -> {
                setKey(statement, 1, lease);
                statement.setObject(3, lease.until());
            });
        }
    }

    private static final String RETRY = """
            UPDATE pushes SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => ?)
             WHERE device_id = ? AND conversation_id = ? AND due_at = ?""";

    void retry(Lease lease, Duration delay) {
        update(RETRY, statement -> {
            statement.setDouble(1, seconds(delay));
            setKey(statement, 2, lease);
            statement.setObject(4, lease.until());
        });
    }

    /** Everything about a device that is gone, or has no token any more. */
    void forget(UUID deviceId) {
        update("DELETE FROM pushes WHERE device_id = ?", statement -> statement.setObject(1, deviceId));
    }

    /** By conversations that were active lately: a device may have years of pending messages. */
    private static final String SWEEP = """
            INSERT INTO pushes (device_id, conversation_id, due_at)
            SELECT d.device_id, c.conversation_id, clock_timestamp()
              FROM devices d
              CROSS JOIN LATERAL (
                   SELECT conversation_id FROM conversations
                    WHERE participant_1 = d.user_id AND updated_at > clock_timestamp() - make_interval(secs => ?)
                   UNION ALL
                   SELECT conversation_id FROM conversations
                    WHERE participant_2 = d.user_id AND updated_at > clock_timestamp() - make_interval(secs => ?) OFFSET 0) c
              CROSS JOIN LATERAL (
                   SELECT last_read_sequence FROM read_receipts
                    WHERE user_id = d.user_id AND conversation_id = c.conversation_id OFFSET 0) r
              LEFT JOIN pushes p ON p.device_id = d.device_id AND p.conversation_id = c.conversation_id
             WHERE d.push_token IS NOT NULL AND d.removed_at IS NULL AND (?::uuid[] IS NULL OR d.device_id = ANY (?::uuid[]))
               AND p.due_at IS NULL
               AND EXISTS (
                   SELECT 1 FROM message_status s JOIN messages m ON m.message_id = s.message_id
                    WHERE s.device_id = d.device_id AND s.conversation_id = c.conversation_id AND s.status = 'sent'
                      AND s.sequence_number > greatest(p.told_sequence, r.last_read_sequence)
                      AND s.updated_at < clock_timestamp() - make_interval(secs => ?) AND m.sender_id <> d.user_id)
             ORDER BY d.device_id, c.conversation_id
            ON CONFLICT (device_id, conversation_id) DO UPDATE
               SET due_at = coalesce(pushes.due_at, excluded.due_at), version = pushes.version + 1""";

    private static final String SWEEP_READ = """
            WITH shown AS (
                SELECT p.device_id, p.conversation_id FROM pushes p JOIN devices d ON d.device_id = p.device_id
                  JOIN read_receipts r ON r.user_id = d.user_id AND r.conversation_id = p.conversation_id
                 WHERE p.due_at IS NULL AND r.last_read_sequence >= p.told_sequence
                   AND (?::uuid[] IS NULL OR p.device_id = ANY (?::uuid[]))
                 ORDER BY p.device_id, p.conversation_id FOR NO KEY UPDATE OF p)
            UPDATE pushes p SET due_at = clock_timestamp(), version = p.version + 1
              FROM shown WHERE p.device_id = shown.device_id AND p.conversation_id = shown.conversation_id""";

    /**
     * Finds in the truth itself what nobody noted: messages that have waited longer than {@code age}, in conversations with a
     * message younger than {@code recent}, and what was read elsewhere.
     *
     * @param devices only these; empty: all
     * @return how many conversations of devices are due by it
     */
    int sweep(Optional<Set<UUID>> devices, Duration age, Duration recent) {
        int waiting = update(SWEEP, statement -> {
            statement.setDouble(1, seconds(recent));
            statement.setDouble(2, seconds(recent));
            setDevices(statement, 3, devices);
            setDevices(statement, 4, devices);
            statement.setDouble(5, seconds(age));
        });
        return waiting
                + update(SWEEP_READ, statement -> {
                    setDevices(statement, 1, devices);
                    setDevices(statement, 2, devices);
                });
    }

    private static void setDevices(PreparedStatement statement, int index, Optional<Set<UUID>> devices)
            throws SQLException {
        if (devices.isPresent()) {
            statement.setArray(index, uuids(statement.getConnection(), devices.get(), Function.identity()));
        } else {
            statement.setNull(index, Types.ARRAY);
        }
    }

    private static void setKey(PreparedStatement statement, int index, Lease lease) throws SQLException {
        statement.setObject(index, lease.deviceId());
        statement.setObject(index + 1, lease.conversationId());
    }

    private interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    private int update(String sql, Parameters parameters) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                parameters.set(statement);
                return statement.executeUpdate();
            }
        });
    }

    private static <T> java.sql.Array uuids(Connection connection, Collection<T> rows, Function<T, UUID> column)
            throws SQLException {
        return connection.createArrayOf("uuid", rows.stream().map(column).toArray());
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
