package io.duet.export;

import io.duet.export.ExportLine.DeviceStatus;
import io.duet.export.ExportLine.Participant;
import io.duet.platform.Database;
import io.duet.platform.Shards;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What an export reads besides the messages. Each call has a connection only while it runs. */
final class ExportQueries {
    private final Shards shards;

    ExportQueries(Database database) {
        shards = database.shards();
    }

    private static final String CONVERSATION = """
            SELECT c.conversation_id, c.created_at, c.removed_to, c.last_sequence,
                   u.user_id, u.username, r.last_read_sequence, r.delivered_sequence
              FROM conversations c
              JOIN users u ON u.user_id IN (c.participant_1, c.participant_2)
              JOIN read_receipts r ON r.user_id = u.user_id AND r.conversation_id = c.conversation_id
             WHERE c.conversation_id = ?
             ORDER BY u.user_id""";

    Optional<ExportedConversation> conversation(UUID conversationId) {
        return shards.of(conversationId)
                .query(connection -> {
                    try (var statement = connection.prepareStatement(CONVERSATION)) {
                        statement.setObject(1, conversationId);
                        try (ResultSet row = statement.executeQuery()) {
                            List<Participant> participants = new ArrayList<>(2);
                            ExportedConversation found = null;
                            while (row.next()) {
                                participants.add(new Participant(
                                        row.getObject("user_id", UUID.class),
                                        row.getString("username"),
                                        row.getLong("last_read_sequence"),
                                        row.getLong("delivered_sequence")));
                                found = new ExportedConversation(
                                        conversationId,
                                        instant(row, "created_at"),
                                        row.getLong("removed_to"),
                                        row.getLong("last_sequence"),
                                        participants);
                            }
                            return Optional.ofNullable(found);
                        }
                    }
                })
                .map(this::named);
    }

    /** Where there are several databases, only the home database knows what somebody is called. */
    private ExportedConversation named(ExportedConversation found) {
        if (!shards.several()) {
            return found;
        }
        Map<UUID, String> names = shards.users()
                .names(found.participants().stream().map(Participant::userId).toList());
        return new ExportedConversation(
                found.conversationId(),
                found.createdAt(),
                found.removedTo(),
                found.lastSequence(),
                found.participants().stream()
                        .map(one -> new Participant(
                                one.userId(),
                                names.getOrDefault(one.userId(), one.username()),
                                one.lastReadSequence(),
                                one.deliveredSequence()))
                        .toList());
    }

    private static final String CONVERSATIONS_OF = """
            SELECT conversation_id FROM conversations WHERE participant_1 = ? AND conversation_id >= ?%1$s
            UNION ALL
            SELECT conversation_id FROM conversations WHERE participant_2 = ? AND conversation_id >= ?%1$s
            ORDER BY conversation_id LIMIT ?""";

    /** From that one on, in the order of their ids. */
    List<UUID> conversationsOf(UUID userId, UUID from, int limit) {
        return Shards.merge(shards.all(shard -> conversationsOf(shard, userId, from, limit)), Shards.ID_ORDER, limit);
    }

    private static List<UUID> conversationsOf(Database shard, UUID userId, UUID from, int limit) {
        String sql = CONVERSATIONS_OF.formatted(shard.own("conversation_id"));
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                statement.setObject(1, userId);
                statement.setObject(2, from);
                statement.setObject(3, userId);
                statement.setObject(4, from);
                statement.setInt(5, limit);
                try (ResultSet row = statement.executeQuery()) {
                    List<UUID> ids = new ArrayList<>();
                    while (row.next()) {
                        ids.add(row.getObject(1, UUID.class));
                    }
                    return ids;
                }
            }
        });
    }

    private static final String STATUSES = """
            SELECT message_id, device_id, status, updated_at FROM message_status
             WHERE message_id = ANY (?) ORDER BY message_id, device_id""";

    /** Of messages of that conversation; those without any are absent. */
    Map<UUID, List<DeviceStatus>> statuses(UUID conversationId, Collection<UUID> messageIds) {
        return shards.of(conversationId).query(connection -> {
            try (var statement = connection.prepareStatement(STATUSES)) {
                statement.setArray(1, connection.createArrayOf("uuid", messageIds.toArray()));
                try (ResultSet row = statement.executeQuery()) {
                    Map<UUID, List<DeviceStatus>> statuses = new HashMap<>();
                    while (row.next()) {
                        statuses.computeIfAbsent(row.getObject("message_id", UUID.class), id -> new ArrayList<>())
                                .add(new DeviceStatus(
                                        row.getObject("device_id", UUID.class),
                                        row.getString("status"),
                                        instant(row, "updated_at")));
                    }
                    return statuses;
                }
            }
        });
    }

    private static final String USER = "SELECT 1 FROM users WHERE user_id = ?";

    boolean hasUser(UUID userId) {
        return shards.home().query(connection -> {
            try (var statement = connection.prepareStatement(USER)) {
                statement.setObject(1, userId);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next();
                }
            }
        });
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
