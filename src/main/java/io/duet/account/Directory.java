package io.duet.account;

import io.duet.platform.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Who is there: reads of {@code users}, and when somebody was last seen. Any thread may call that may block. */
final class Directory {

    private static final String BEYOND_ANY_CHARACTER = Character.toString(Character.MAX_CODE_POINT);

    private final Database database;

    /** What everybody may know about everybody. */
    record Entry(UUID userId, String username) {}

    Directory(Database database) {
        this.database = database;
    }

    Optional<User> byId(UUID userId) {
        return database.inTransaction(transaction -> Optional.ofNullable(transaction.find(UserEntity.class, userId)))
                .map(UserEntity::toUser);
    }

    /** A range instead of LIKE: nothing to escape, and the unique index serves it in order whatever the plan. */
    private static final String STARTING_WITH = """
            SELECT user_id, username FROM users
            WHERE username >= ? AND username < ? AND username > ?
            ORDER BY username LIMIT ?
            """;

    /** Ascending by username; {@code after} is exclusive, empty for the beginning. */
    List<Entry> startingWith(String prefix, String after, int limit) {
        return database.query(connection -> {
            try (var select = connection.prepareStatement(STARTING_WITH)) {
                select.setString(1, prefix);
                select.setString(2, prefix + BEYOND_ANY_CHARACTER);
                select.setString(3, after);
                select.setInt(4, limit);
                try (var rows = select.executeQuery()) {
                    List<Entry> found = new ArrayList<>();
                    while (rows.next()) {
                        found.add(new Entry(rows.getObject(1, UUID.class), rows.getString(2)));
                    }
                    return found;
                }
            }
        });
    }

    private static final String USERNAMES = "SELECT user_id, username FROM users WHERE user_id = ANY (?)";

    Map<UUID, String> usernames(Collection<UUID> userIds) {
        return among(USERNAMES, userIds, row -> row.getString(2));
    }

    private static final String LAST_SEEN =
            "SELECT user_id, last_seen_at FROM users WHERE user_id = ANY (?) AND last_seen_at IS NOT NULL";

    Map<UUID, Instant> lastSeen(Collection<UUID> userIds) {
        return among(LAST_SEEN, userIds, row -> row.getTimestamp(2).toInstant());
    }

    /** Locks in id order, so that two nodes that report the same people cannot deadlock; times only move forward. */
    private static final String SEEN = """
            WITH seen AS (
              SELECT u.user_id, s.at
              FROM unnest(?, ?) AS s (user_id, at) JOIN users u USING (user_id)
              ORDER BY u.user_id FOR NO KEY UPDATE OF u)
            UPDATE users u SET last_seen_at = greatest(u.last_seen_at, seen.at)
            FROM seen WHERE u.user_id = seen.user_id
            """;

    void seen(Map<UUID, Instant> lastSeenAt) {
        if (lastSeenAt.isEmpty()) {
            return;
        }
        List<Map.Entry<UUID, Instant>> entries = List.copyOf(lastSeenAt.entrySet());
        Object[] ids = entries.stream().map(Map.Entry::getKey).toArray();
        Object[] times =
                entries.stream().map(entry -> entry.getValue().toString()).toArray();
        database.query(connection -> {
            try (var update = connection.prepareStatement(SEEN)) {
                update.setArray(1, connection.createArrayOf("uuid", ids));
                update.setArray(2, connection.createArrayOf("timestamptz", times));
                return update.executeUpdate();
            }
        });
    }

    private interface Column<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> Map<UUID, T> among(String sql, Collection<UUID> userIds, Column<T> column) {
        if (userIds.isEmpty()) {
            return Map.of();
        }
        return database.query(connection -> {
            try (var select = connection.prepareStatement(sql)) {
                select.setArray(1, connection.createArrayOf("uuid", userIds.toArray()));
                try (var rows = select.executeQuery()) {
                    Map<UUID, T> found = new HashMap<>();
                    while (rows.next()) {
                        found.put(rows.getObject(1, UUID.class), column.read(rows));
                    }
                    return found;
                }
            }
        });
    }
}
