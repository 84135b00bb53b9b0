package io.duet.push;

import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.platform.Shards;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The table {@code pushes}: what has to be looked at, and by whom. A node takes a row by a lease, so each is with one node at
 * a time, and a node that dies gives back what it had when the leases end. Everything is in the time of PostgreSQL. Each
 * method is one transaction and blocks; rows are locked in the order of their key. Where there are several databases, a row is
 * with its conversation, and each method is one transaction in every one that it concerns.
 */
final class PushTable {
    private static final Logger LOG = Logger.getLogger(PushTable.class);

    private final Shards shards;

    PushTable(Database database) {
        shards = database.shards();
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
        var noted = new AtomicInteger();
        Shards.each(shards.split(waiting, Due::conversationId), (shard, some) -> noted.addAndGet(note(shard, some)));
        return noted.get();
    }

    private static int note(Database shard, Collection<Due> waiting) {
        return shard.query(connection -> {
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
        var noted = new AtomicInteger();
        Shards.each(
                shards.split(reads, ReadOn::conversationId), (shard, some) -> noted.addAndGet(noteRead(shard, some)));
        return noted.get();
    }

    private static int noteRead(Database shard, Collection<ReadOn> reads) {
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(NOTE_READ)) {
                statement.setArray(1, uuids(connection, reads, ReadOn::userId));
                statement.setArray(2, uuids(connection, reads, ReadOn::conversationId));
                return statement.executeUpdate();
            }
        });
    }

    private static final String TAKE = """
            WITH due AS (
                SELECT device_id, conversation_id FROM pushes WHERE due_at <= clock_timestamp()%s
                 ORDER BY due_at LIMIT ? FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE pushes p SET due_at = clock_timestamp() + make_interval(secs => ?)
              FROM due WHERE p.device_id = due.device_id AND p.conversation_id = due.conversation_id
            RETURNING p.device_id, p.conversation_id, p.due_at, p.version, p.attempts, p.told_sequence""";

    /** Takes what is due and nobody has taken, the longest due first. */
    List<Lease> take(int limit, Duration lease) {
        if (!shards.several()) {
            return take(shards.home(), limit, lease);
        }
        List<Database> inTurn = new ArrayList<>(shards.list());
        Collections.shuffle(inTurn);
        List<Lease> leases = new ArrayList<>();
        for (Database shard : inTurn) {
            int free = limit - leases.size();
            if (free > 0) {
                takeQuietly(shard, free, lease).forEach(leases::addAll);
            }
        }
        return leases;
    }

    /** What is in a database that is away has to wait, and nothing else. */
    private List<List<Lease>> takeQuietly(Database shard, int limit, Duration lease) {
        try {
            return shards.reachable(List.of(shard), there -> take(there, limit, lease));
        } catch (DatabaseException e) {
            LOG.debugf(e, "Pushes of shard %s have to wait", shard.name());
            return List.of();
        }
    }

    private static List<Lease> take(Database shard, int limit, Duration lease) {
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(TAKE.formatted(shard.own("conversation_id")))) {
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
        update(shards.of(lease.conversationId()), TOLD, statement -> {
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
        Database shard = shards.of(lease.conversationId());
        boolean gone = update(shard, SETTLE, statement -> {
                    setKey(statement, 1, lease);
                    statement.setObject(3, lease.until());
                    statement.setLong(4, lease.version());
                })
                > 0;
        if (!gone) {
            update(shard, LOOK_AGAIN, statement -> {
                setKey(statement, 1, lease);
                statement.setObject(3, lease.until());
            });
        }
    }

    private static final String RETRY = """
            UPDATE pushes SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => ?)
             WHERE device_id = ? AND conversation_id = ? AND due_at = ?""";

    void retry(Lease lease, Duration delay) {
        update(shards.of(lease.conversationId()), RETRY, statement -> {
            statement.setDouble(1, seconds(delay));
            setKey(statement, 2, lease);
            statement.setObject(4, lease.until());
        });
    }

    /** Everything about a device that is gone, or has no token any more. */
    void forget(UUID deviceId) {
        shards.reachable(shard ->
                update(shard, "DELETE FROM pushes WHERE device_id = ?", statement -> statement.setObject(1, deviceId)));
    }

    /**
     * Finds in the truth itself what nobody noted: messages that have waited longer than {@code age}, in conversations with a
     * message younger than {@code recent}, and what was read elsewhere.
     *
     * @param devices only these; empty: all
     * @return how many conversations of devices are due by it
     */
    int sweep(Optional<Set<UUID>> devices, Duration age, Duration recent) {
        return shards.all(new PushSweep(devices, age, recent)::in).stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    private static void setKey(PreparedStatement statement, int index, Lease lease) throws SQLException {
        statement.setObject(index, lease.deviceId());
        statement.setObject(index + 1, lease.conversationId());
    }

    interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    static int update(Database shard, String sql, Parameters parameters) {
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                parameters.set(statement);
                return statement.executeUpdate();
            }
        });
    }

    static <T> java.sql.Array uuids(Connection connection, Collection<T> rows, Function<T, UUID> column)
            throws SQLException {
        return connection.createArrayOf("uuid", rows.stream().map(column).toArray());
    }

    static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
