package io.duet.retention;

import io.duet.platform.Database;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Finds and removes messages above an age, in one database, by whose clock it is judged. Blocks on the database. */
final class ExpiredMessages {
    /** Before every conversation. */
    static final UUID START = new UUID(0, 0);

    private final Database database;
    private final Duration age;

    /**
     * A part of all conversations, in the order of their ids.
     *
     * @param expired whose oldest message is above the age and may be removed
     * @param held of how many it may not, because of a legal hold
     * @param last where the next page begins; empty on the last one
     */
    record Page(List<UUID> expired, int held, Optional<UUID> last) {}

    ExpiredMessages(Database database, Duration age) {
        this.database = database;
        this.age = age;
    }

    /** One access to an index for each conversation; no index by time is needed, which every new message would pay for. */
    private static final String LOOK = """
            SELECT c.conversation_id, coalesce(m.created_at < clock_timestamp() - make_interval(secs => ?), false) AS expired,
                   EXISTS (SELECT 1 FROM legal_holds h WHERE h.conversation_id = c.conversation_id)
                   OR EXISTS (SELECT 1 FROM legal_holds h WHERE h.user_id IN (c.participant_1, c.participant_2)) AS held
              FROM (SELECT conversation_id, participant_1, participant_2, removed_to, last_sequence FROM conversations
                     WHERE conversation_id > ?%s ORDER BY conversation_id LIMIT ?) c
              LEFT JOIN LATERAL (
                   SELECT created_at FROM messages
                    WHERE conversation_id = c.conversation_id AND sequence_number > c.removed_to
                    ORDER BY sequence_number LIMIT 1) m ON c.removed_to < c.last_sequence
             ORDER BY c.conversation_id""";

    Page look(UUID after, int limit) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(LOOK.formatted(database.own("conversation_id")))) {
                statement.setDouble(1, seconds(age));
                statement.setObject(2, after);
                statement.setInt(3, limit);
                try (ResultSet row = statement.executeQuery()) {
                    List<UUID> expired = new ArrayList<>();
                    int held = 0;
                    int seen = 0;
                    UUID last = null;
                    while (row.next()) {
                        seen++;
                        last = row.getObject("conversation_id", UUID.class);
                        if (row.getBoolean("expired")) {
                            if (row.getBoolean("held")) {
                                held++;
                            } else {
                                expired.add(last);
                            }
                        }
                    }
                    return new Page(expired, held, seen < limit ? Optional.empty() : Optional.of(last));
                }
            }
        });
    }

    private static final String REMOVE =
            "SELECT * FROM remove_messages(?, make_interval(secs => ?), ?, make_interval(secs => ?), ?)";

    /**
     * Removes in one transaction; nothing when it is not this node's turn.
     *
     * @param most messages
     */
    List<Removal> remove(RetentionTurn turn, List<UUID> conversationIds, int most) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(REMOVE)) {
                statement.setString(1, turn.node());
                statement.setDouble(2, seconds(RetentionTurn.LEASE));
                statement.setArray(3, connection.createArrayOf("uuid", conversationIds.toArray()));
                statement.setDouble(4, seconds(age));
                statement.setInt(5, most);
                try (ResultSet row = statement.executeQuery()) {
                    List<Removal> removals = new ArrayList<>();
                    while (row.next()) {
                        removals.add(new Removal(
                                row.getObject("conversation_id", UUID.class),
                                row.getLong("removed_to"),
                                row.getLong("messages")));
                    }
                    return removals;
                }
            }
        });
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
