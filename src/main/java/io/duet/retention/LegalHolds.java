package io.duet.retention;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.platform.Shards;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * All legal holds, in {@code legal_holds}. Where there are several databases, that on a conversation is in the conversation's, and that on a user in
 * every one: the home database says which there are. Safe for all threads; blocks on the database.
 */
@Singleton
final class LegalHolds {
    private static final Logger LOG = Logger.getLogger(LegalHolds.class);
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private final Shards shards;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    @Inject
    LegalHolds(Database database) {
        shards = database.shards();
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
        UUID holdId = ids.generate();
        if (!shards.several()) {
            return place(shards.home(), holdId, conversationId, userId, reason, placedBy);
        }
        if (conversationId.isPresent()) {
            Database shard = shards.of(conversationId.get());
            shards.users().copyTo(shard, List.of(placedBy));
            return place(shard, holdId, conversationId, userId, reason, placedBy);
        }
        UUID held = userId.orElseThrow();
        if (shards.users().names(List.of(held)).isEmpty()) {
            return Optional.empty();
        }
        shards.allOthers(shard -> {
            shards.users().copyTo(shard, List.of(held, placedBy));
            return place(shard, holdId, conversationId, userId, reason, placedBy);
        });
        return place(shards.home(), holdId, conversationId, userId, reason, placedBy);
    }

    private static Optional<LegalHold> place(
            Database shard,
            UUID holdId,
            Optional<UUID> conversationId,
            Optional<UUID> userId,
            String reason,
            UUID placedBy) {
        try {
            return shard.query(connection -> {
                try (var statement = connection.prepareStatement(PLACE)) {
                    statement.setObject(1, holdId);
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

    private static final String LIST = "SELECT * FROM legal_holds WHERE hold_id > ?%s ORDER BY hold_id LIMIT ?";

    /** Oldest first. */
    List<LegalHold> list(UUID after, int limit) {
        List<List<LegalHold>> pages = shards.all(shard -> list(shard, after, limit));
        return Shards.merge(pages, Comparator.comparing(LegalHold::holdId, Shards.ID_ORDER), limit);
    }

    private List<LegalHold> list(Database shard, UUID after, int limit) {
        String sql = LIST.formatted(shards.several() ? counted(shard) : "");
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
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

    /** Of a hold on a user each database has a copy. */
    private String counted(Database shard) {
        String ofConversation = "conversation_id IS NOT NULL" + shard.own("conversation_id");
        return " AND (" + ofConversation + (shard == shards.home() ? " OR user_id IS NOT NULL" : "") + ")";
    }

    private static final String LIFT = "DELETE FROM legal_holds WHERE hold_id = ? RETURNING *";

    /** What it was; empty when there is none. */
    Optional<LegalHold> lift(UUID holdId) {
        Optional<LegalHold> lifted = lift(shards.home(), holdId);
        if (!shards.several()) {
            return lifted;
        }
        try {
            List<Optional<LegalHold>> elsewhere = shards.allOthers(shard -> lift(shard, holdId));
            return lifted.or(() -> elsewhere.stream().flatMap(Optional::stream).findFirst());
        } catch (DatabaseException e) {
            if (lifted.isEmpty()) {
                throw e;
            }
            LOG.infof("Legal hold %s is lifted, but not yet in every database", holdId);
            return lifted;
        }
    }

    /** Empty also for what a copy has left here of a hold on another database's conversation, which is not the hold. */
    private Optional<LegalHold> lift(Database shard, UUID holdId) {
        Optional<LegalHold> lifted = shard.query(connection -> {
            try (var statement = connection.prepareStatement(LIFT)) {
                statement.setObject(1, holdId);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(hold(row)) : Optional.empty();
                }
            }
        });
        return lifted.filter(
                hold -> hold.conversationId().map(id -> shards.of(id) == shard).orElse(true));
    }

    private static final String ON_USERS = "SELECT * FROM legal_holds WHERE user_id IS NOT NULL";

    private static final String COPY = """
            INSERT INTO legal_holds (hold_id, user_id, reason, placed_by, placed_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (hold_id) DO NOTHING""";

    /** What was placed or lifted while the database was away; one hour: it is not just about to be placed. */
    private static final String FORGET = """
            DELETE FROM legal_holds WHERE user_id IS NOT NULL AND hold_id <> ALL (?)
               AND placed_at < clock_timestamp() - interval '1 hour'""";

    /** Before anything is removed there: the holds on users that are at home, and no others. */
    void bringUpToDate(Database shard) {
        if (shard == shards.home()) {
            return;
        }
        List<LegalHold> known = onUsers(shards.home());
        Set<UUID> there = onUsers(shard).stream().map(LegalHold::holdId).collect(Collectors.toSet());
        for (LegalHold hold : known) {
            if (!there.contains(hold.holdId())) {
                copy(shard, hold);
            }
        }
        shard.query(connection -> {
            try (var statement = connection.prepareStatement(FORGET)) {
                statement.setArray(
                        1,
                        connection.createArrayOf(
                                "uuid", known.stream().map(LegalHold::holdId).toArray()));
                return statement.executeUpdate();
            }
        });
    }

    private void copy(Database shard, LegalHold hold) {
        UUID userId = hold.userId().orElseThrow();
        shards.users().copyTo(shard, List.of(userId, hold.placedBy()));
        shard.query(connection -> {
            try (var statement = connection.prepareStatement(COPY)) {
                statement.setObject(1, hold.holdId());
                statement.setObject(2, userId);
                statement.setString(3, hold.reason());
                statement.setObject(4, hold.placedBy());
                statement.setObject(5, hold.placedAt().atOffset(ZoneOffset.UTC));
                return statement.executeUpdate();
            }
        });
    }

    private static List<LegalHold> onUsers(Database shard) {
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(ON_USERS);
                    ResultSet row = statement.executeQuery()) {
                List<LegalHold> holds = new ArrayList<>();
                while (row.next()) {
                    holds.add(hold(row));
                }
                return holds;
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
