package io.duet.message;

import io.duet.platform.Database;
import io.duet.platform.Shards;
import io.duet.platform.SqlFunction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The reads of the message log, each a keyset over one index. */
final class MessageQueries {
    private final Shards shards;

    MessageQueries(Database database) {
        shards = database.shards();
    }

    private static final String COLUMNS =
            "m.message_id, m.conversation_id, m.sender_id, m.client_message_id, m.content, m.sequence_number, m.created_at";

    Optional<StoredMessage> byId(UUID messageId) {
        return shards.all(shard -> byId(shard, messageId)).stream()
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<StoredMessage> byId(Database shard, UUID messageId) {
        return shard.inTransaction(entities -> Optional.ofNullable(entities.find(MessageEntity.class, messageId)))
                .map(MessageEntity::toStoredMessage)
                .filter(message -> shards.of(message.conversationId()) == shard);
    }

    private static final String BEFORE = "SELECT " + COLUMNS + """
             FROM messages m WHERE m.conversation_id = ? AND m.sequence_number < ?
            ORDER BY m.sequence_number DESC LIMIT ?""";

    private static final String AFTER = "SELECT " + COLUMNS + """
             FROM messages m WHERE m.conversation_id = ? AND m.sequence_number > ?
            ORDER BY m.sequence_number LIMIT ?""";

    List<StoredMessage> history(UUID conversationId, Range range, int limit) {
        if (range instanceof Range.After after) {
            return page(AFTER, conversationId, after.sequenceNumber(), limit);
        }
        long below = range instanceof Range.Before before ? before.sequenceNumber() : Long.MAX_VALUE;
        return page(BEFORE, conversationId, below, limit);
    }

    private List<StoredMessage> page(String sql, UUID conversationId, long bound, int limit) {
        return read(shards.of(conversationId), sql, statement -> {
            statement.setObject(1, conversationId);
            statement.setLong(2, bound);
            statement.setInt(3, limit);
            return messages(statement);
        });
    }

    private static final String PENDING = "SELECT " + COLUMNS + """
             FROM message_status s JOIN messages m ON m.message_id = s.message_id
            WHERE s.device_id = ? AND s.status = 'sent' AND (s.conversation_id, s.sequence_number) > (?, ?)%s
            ORDER BY s.conversation_id, s.sequence_number LIMIT ?""";

    List<StoredMessage> pending(UUID deviceId, Position after, int limit) {
        List<List<StoredMessage>> pages = shards.all(shard -> read(shard, PENDING, statement -> {
            statement.setObject(1, deviceId);
            statement.setObject(2, after.conversationId());
            statement.setLong(3, after.sequenceNumber());
            statement.setInt(4, limit);
            return messages(statement);
        }));
        return Shards.merge(pages, BY_POSITION, limit);
    }

    private static final Comparator<StoredMessage> BY_POSITION = Comparator.comparing(Position::of);

    private static Map<UUID, List<StoredMessage>> merge(List<Map<UUID, List<StoredMessage>>> answers, int limit) {
        if (answers.size() == 1) {
            return answers.get(0);
        }
        var pages = new HashMap<UUID, List<List<StoredMessage>>>();
        answers.forEach(answer -> answer.forEach((deviceId, page) ->
                pages.computeIfAbsent(deviceId, device -> new ArrayList<>()).add(page)));
        var merged = new HashMap<UUID, List<StoredMessage>>();
        pages.forEach((deviceId, some) -> merged.put(deviceId, Shards.merge(some, BY_POSITION, limit)));
        return merged;
    }

    /** OFFSET 0: one index access a message, however few rows the planner believes the table to have. */
    private static final String PENDING_OF = "SELECT d.device_id, " + COLUMNS + """
             FROM unnest(?) AS d (device_id)
            CROSS JOIN LATERAL (
                SELECT s.message_id FROM message_status s
                WHERE s.device_id = d.device_id AND s.status = 'sent'%s
                ORDER BY s.conversation_id, s.sequence_number LIMIT ?) s
            CROSS JOIN LATERAL (SELECT * FROM messages WHERE message_id = s.message_id OFFSET 0) m
            ORDER BY d.device_id, m.conversation_id, m.sequence_number""";

    Map<UUID, List<StoredMessage>> pendingOf(Collection<UUID> deviceIds, int limitPerDevice) {
        List<Map<UUID, List<StoredMessage>>> answers = shards.all(shard -> read(shard, PENDING_OF, statement -> {
            statement.setArray(1, statement.getConnection().createArrayOf("uuid", deviceIds.toArray()));
            statement.setInt(2, limitPerDevice);
            return byDevice(statement);
        }));
        return merge(answers, limitPerDevice);
    }

    private static final String PENDING_IN = "SELECT " + COLUMNS + """
             FROM message_status s JOIN messages m ON m.message_id = s.message_id
            WHERE s.device_id = ? AND s.status = 'sent' AND s.conversation_id = ?
            AND s.sequence_number > ? AND s.sequence_number < ?
            ORDER BY s.sequence_number LIMIT ?""";

    List<StoredMessage> pendingIn(
            UUID deviceId, UUID conversationId, long afterSequence, long beforeSequence, int limit) {
        return read(shards.of(conversationId), PENDING_IN, statement -> {
            statement.setObject(1, deviceId);
            statement.setObject(2, conversationId);
            statement.setLong(3, afterSequence);
            statement.setLong(4, beforeSequence);
            statement.setInt(5, limit);
            return messages(statement);
        });
    }

    /** One statement, so that head and messages are of one moment. */
    private static final String OWED = "SELECT c.last_sequence, " + COLUMNS + """
             FROM conversations c
            LEFT JOIN (
                SELECT m.* FROM message_status s JOIN messages m ON m.message_id = s.message_id
                WHERE s.device_id = ? AND s.status = 'sent' AND s.conversation_id = ? AND s.sequence_number > ?
                ORDER BY s.sequence_number LIMIT ?) m ON true
            WHERE c.conversation_id = ?
            ORDER BY m.sequence_number""";

    Owed owed(UUID deviceId, UUID conversationId, long afterSequence, int limit) {
        return read(shards.of(conversationId), OWED, statement -> {
            statement.setObject(1, deviceId);
            statement.setObject(2, conversationId);
            statement.setLong(3, afterSequence);
            statement.setInt(4, limit);
            statement.setObject(5, conversationId);
            try (ResultSet rows = statement.executeQuery()) {
                long head = 0;
                final List<StoredMessage> messages = new ArrayList<>();
                while (rows.next()) {
                    head = rows.getLong("last_sequence");
                    if (rows.getObject("message_id") != null) {
                        messages.add(message(rows));
                    }
                }
                return new Owed(messages, head);
            }
        });
    }

    private static final String PENDING_OLDER = "SELECT d.device_id, " + COLUMNS + """
             FROM unnest(?) AS d (device_id)
            CROSS JOIN LATERAL (
                SELECT s.message_id FROM message_status s
                WHERE s.device_id = d.device_id AND s.status = 'sent'
                AND s.updated_at < clock_timestamp() - make_interval(secs => ?)%s
                ORDER BY s.conversation_id, s.sequence_number LIMIT ?) s
            CROSS JOIN LATERAL (SELECT * FROM messages WHERE message_id = s.message_id OFFSET 0) m
            ORDER BY d.device_id, m.conversation_id, m.sequence_number""";

    Map<UUID, List<StoredMessage>> pendingOlderThan(Collection<UUID> deviceIds, Duration age, int limitPerDevice) {
        List<Map<UUID, List<StoredMessage>>> answers =
                shards.reachable(shard -> read(shard, PENDING_OLDER, statement -> {
                    statement.setArray(1, statement.getConnection().createArrayOf("uuid", deviceIds.toArray()));
                    statement.setDouble(2, age.toMillis() / 1000.0);
                    statement.setInt(3, limitPerDevice);
                    return byDevice(statement);
                }));
        return merge(answers, limitPerDevice);
    }

    private static Map<UUID, List<StoredMessage>> byDevice(PreparedStatement statement) throws SQLException {
        var pending = new HashMap<UUID, List<StoredMessage>>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                pending.computeIfAbsent(row.getObject("device_id", UUID.class), device -> new ArrayList<>())
                        .add(message(row));
            }
        }
        return pending;
    }

    private static final String STATUS = """
            SELECT m.sender_id, s.device_id, d.device_type, s.status, s.updated_at, r.last_read_sequence >= m.sequence_number AS read
              FROM messages m
              JOIN read_receipts r ON r.conversation_id = m.conversation_id AND r.user_id <> m.sender_id
              LEFT JOIN message_status s ON s.message_id = m.message_id
              LEFT JOIN devices d ON d.device_id = s.device_id
             WHERE m.message_id = ? AND m.sender_id = ?%s
             ORDER BY s.device_id""";

    /** Empty unless the message exists and this user wrote it. */
    Optional<MessageStatus> status(UUID messageId, UUID senderId) {
        return shards.all(shard -> status(shard, messageId, senderId)).stream()
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<MessageStatus> status(Database shard, UUID messageId, UUID senderId) {
        return read(shard, STATUS, "m.conversation_id", statement -> {
            statement.setObject(1, messageId);
            statement.setObject(2, senderId);
            try (ResultSet row = statement.executeQuery()) {
                var devices = new ArrayList<MessageStatus.OnDevice>();
                boolean found = false;
                boolean read = false;
                while (row.next()) {
                    found = true;
                    read = row.getBoolean("read");
                    UUID deviceId = row.getObject("device_id", UUID.class);
                    if (deviceId != null) {
                        devices.add(new MessageStatus.OnDevice(
                                deviceId,
                                row.getString("device_type"),
                                row.getString("status"),
                                instant(row, "updated_at")));
                    }
                }
                return found ? Optional.of(new MessageStatus(messageId, read, devices)) : Optional.empty();
            }
        });
    }

    private static <T> T read(Database shard, String sql, SqlFunction<PreparedStatement, T> work) {
        return read(shard, sql, "s.conversation_id", work);
    }

    /** @param conversationId the column by which %s, if the statement has it, passes over conversations of other databases */
    private static <T> T read(
            Database shard, String sql, String conversationId, SqlFunction<PreparedStatement, T> work) {
        return shard.query((Connection connection) -> {
            try (var statement = connection.prepareStatement(sql.formatted(shard.own(conversationId)))) {
                return work.apply(statement);
            }
        });
    }

    private static List<StoredMessage> messages(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            var messages = new ArrayList<StoredMessage>();
            while (row.next()) {
                messages.add(message(row));
            }
            return messages;
        }
    }

    private static StoredMessage message(ResultSet row) throws SQLException {
        return new StoredMessage(
                row.getObject("message_id", UUID.class),
                row.getObject("conversation_id", UUID.class),
                row.getObject("sender_id", UUID.class),
                row.getString("client_message_id"),
                row.getString("content"),
                row.getLong("sequence_number"),
                instant(row, "created_at"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
