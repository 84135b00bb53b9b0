package io.duet.presence;

import io.duet.platform.Coalescer;
import io.duet.platform.Database;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BinaryOperator;
import org.jboss.logging.Logger;

/**
 * {@code users.last_seen_at}: written when a user comes, so that a crash leaves a sane value, and when one goes. All that
 * comes while a write is under way is written together. What cannot be written is lost: it is a hint.
 */
final class LastSeen {
    private static final Logger LOG = Logger.getLogger(LastSeen.class);
    private static final int WAITING = 65_536;
    private static final int BATCH = 512;

    private final Database database;
    private final Executor work;
    private final Coalescer<Seen> writes = new Coalescer<>(WAITING, BATCH, this::write);

    LastSeen(Database database, Executor work) {
        this.database = database;
        this.work = work;
    }

    /** Never blocks. */
    void seen(UUID userId, Instant at) {
        writes.add(new Seen(userId, at)).exceptionally(failure -> {
            LOG.debugf(failure, "A last_seen_at was not written");
            return null;
        });
    }

    private static final String WRITE = """
            WITH seen AS (SELECT * FROM unnest(?::uuid[], ?::timestamptz[]) AS seen (user_id, at)),
            locked AS (SELECT user_id FROM users WHERE user_id IN (SELECT user_id FROM seen)
                       ORDER BY user_id FOR NO KEY UPDATE)
            UPDATE users SET last_seen_at = GREATEST(users.last_seen_at, seen.at)
            FROM seen JOIN locked USING (user_id) WHERE users.user_id = seen.user_id
            """;

    private CompletionStage<?> write(List<Seen> batch) {
        var latest = new HashMap<UUID, Instant>();
        batch.forEach(seen -> latest.merge(seen.userId, seen.at, BinaryOperator.maxBy(Instant::compareTo)));
        UUID[] users = latest.keySet().toArray(UUID[]::new);
        Timestamp[] times = latest.values().stream().map(Timestamp::from).toArray(Timestamp[]::new);
        return CompletableFuture.runAsync(
                () -> database.query(connection -> {
                    try (var statement = connection.prepareStatement(WRITE)) {
                        statement.setArray(1, connection.createArrayOf("uuid", users));
                        statement.setArray(2, connection.createArrayOf("timestamptz", times));
                        return statement.executeUpdate();
                    }
                }),
                work);
    }

    private static final String READ =
            "SELECT user_id, last_seen_at FROM users WHERE user_id = ANY (?) AND last_seen_at IS NOT NULL";

    /** Blocks. Who never connected is absent. */
    Map<UUID, Instant> of(Collection<UUID> userIds) {
        if (userIds.isEmpty()) {
            return Map.of();
        }
        return database.query(connection -> {
            var found = new HashMap<UUID, Instant>();
            try (var statement = connection.prepareStatement(READ)) {
                statement.setArray(1, connection.createArrayOf("uuid", userIds.toArray()));
                try (var rows = statement.executeQuery()) {
                    while (rows.next()) {
                        found.put(
                                rows.getObject(1, UUID.class),
                                rows.getTimestamp(2).toInstant());
                    }
                }
            }
            return found;
        });
    }

    private record Seen(UUID userId, Instant at) {}
}
