package io.duet.account;

import io.duet.platform.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Who is there: reads of {@code users}. Any thread may call that may block. */
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
}
