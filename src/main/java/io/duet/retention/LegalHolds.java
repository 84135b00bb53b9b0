package io.duet.retention;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** All legal holds, in {@code legal_holds}. Safe for all threads; blocks on the database. */
@Singleton
final class LegalHolds {
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private final Database database;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    @Inject
    LegalHolds(Database database) {
        this.database = database;
    }

    /** Waits for the batch that is being removed, at most some tenths of a second: what is committed later sees the hold. */
    private static final String PLACE = """
            WITH turn AS MATERIALIZED (SELECT only_one FROM retention_turn FOR UPDATE)
            INSERT INTO legal_holds (hold_id, conversation_id, user_id, reason, placed_by, placed_at)
            SELECT ?, ?::uuid, ?::uuid, ?, ?, date_trunc('milliseconds', clock_timestamp()) FROM turn
            RETURNING *""";

    /**
     * From its return on nothing that is held is removed any more. Empty when there is no such conversation or user.
     *
     * @param conversationId of this and {@code userId} one is present
     */
    Optional<LegalHold> place(Optional<UUID> conversationId, Optional<UUID> userId, String reason, UUID placedBy) {
        try {
            return database.query(connection -> {
                try (var statement = connection.prepareStatement(PLACE)) {
                    statement.setObject(1, ids.generate());
                    statement.setObject(2, conversationId.orElse(null));
                    statement.setObject(3, userId.orElse(null));
                    statement.setString(4, reason);
                    statement.setObject(5, placedBy);
                    try (ResultSet row = statement.executeQuery()) {
                        row.next();
                        return Optional.of(hold(row));
                    }
                }
            });
        } catch (DatabaseException e) {
            if (e.sqlState().equals(FOREIGN_KEY_VIOLATION)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static final String LIST = "SELECT * FROM legal_holds WHERE hold_id > ? ORDER BY hold_id LIMIT ?";

    /** Oldest first. */
    List<LegalHold> list(UUID after, int limit) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(LIST)) {
                statement.setObject(1, after);
                statement.setInt(2, limit);
                try (ResultSet row = statement.executeQuery()) {
                    List<LegalHold> holds = new ArrayList<>();
                    while (row.next()) {
                        holds.add(hold(row));
                    }
                    return holds;
                }
            }
        });
    }

    private static final String LIFT = "DELETE FROM legal_holds WHERE hold_id = ? RETURNING *";

    /** What it was; empty when there is none. */
    Optional<LegalHold> lift(UUID holdId) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(LIFT)) {
                statement.setObject(1, holdId);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(hold(row)) : Optional.empty();
                }
            }
        });
    }

    private static LegalHold hold(ResultSet row) throws SQLException {
        return new LegalHold(
                row.getObject("hold_id", UUID.class),
                Optional.ofNullable(row.getObject("conversation_id", UUID.class)),
                Optional.ofNullable(row.getObject("user_id", UUID.class)),
                row.getString("reason"),
                row.getObject("placed_by", UUID.class),
                row.getObject("placed_at", OffsetDateTime.class).toInstant());
    }
}
