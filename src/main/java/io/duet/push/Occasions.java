package io.duet.push;

import io.duet.config.DuetConfig.PushContent;
import io.duet.platform.Database;
import io.duet.platform.Shards;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Reads from the truth what is to be done about leases: what a device has not got, and its user has not read elsewhere. */
final class Occasions {
    private static final int PREVIEW_CODE_POINTS = 120;

    private final Shards shards;
    private final PushContent content;

    Occasions(Database database, PushContent content) {
        shards = database.shards();
        this.content = content;
    }

    private static final String READ = """
            SELECT l.ordinal, d.user_id, d.push_token, r.last_read_sequence,
                   CASE d.user_id WHEN c.participant_1 THEN c.sent_by_2 ELSE c.sent_by_1 END - r.peer_messages_read AS unread,
                   EXISTS (SELECT 1 FROM message_status s
                            WHERE s.device_id = l.device_id AND s.conversation_id = l.conversation_id
                              AND s.status = 'sent' AND s.sequence_number <= l.told_sequence) AS away_since_told,
                   m.sequence_number, m.sender_id, m.content, m.created_at, u.username
              FROM unnest(?, ?, ?) WITH ORDINALITY AS l (device_id, conversation_id, told_sequence, ordinal)
              CROSS JOIN LATERAL (
                   SELECT user_id, push_token FROM devices
                    WHERE device_id = l.device_id AND push_token IS NOT NULL AND removed_at IS NULL OFFSET 0) d
              CROSS JOIN LATERAL (
                   SELECT last_read_sequence, peer_messages_read FROM read_receipts
                    WHERE user_id = d.user_id AND conversation_id = l.conversation_id OFFSET 0) r
              CROSS JOIN LATERAL (
                   SELECT participant_1, sent_by_1, sent_by_2 FROM conversations
                    WHERE conversation_id = l.conversation_id OFFSET 0) c
              LEFT JOIN LATERAL (
                   SELECT m.sequence_number, m.sender_id, m.content, m.created_at
                     FROM message_status s JOIN messages m ON m.message_id = s.message_id
                    WHERE s.device_id = l.device_id AND s.conversation_id = l.conversation_id AND s.status = 'sent'
                      AND s.sequence_number > greatest(l.told_sequence, r.last_read_sequence) AND m.sender_id <> d.user_id
                    ORDER BY s.sequence_number DESC LIMIT 1) m ON true
              LEFT JOIN LATERAL (SELECT username FROM users WHERE user_id = m.sender_id OFFSET 0) u ON true""";

    /** One for each lease, but none where the database of its conversation is away. Blocks on the database. */
    List<Occasion> read(List<Lease> leases) {
        if (!shards.several()) {
            return read(shards.home(), leases);
        }
        Map<Database, List<Lease>> parts = shards.split(leases, Lease::conversationId);
        return named(shards.reachable(parts.keySet(), shard -> read(shard, parts.get(shard))).stream()
                .flatMap(List::stream)
                .toList());
    }

    /** Where there are several databases, only the home database knows what somebody is called. */
    private List<Occasion> named(List<Occasion> occasions) {
        Map<UUID, String> names = shards.users()
                .names(occasions.stream()
                        .filter(Occasion.Tell.class::isInstance)
                        .map(occasion -> ((Occasion.Tell) occasion).arrival().senderId())
                        .toList());
        return occasions.stream()
                .map(occasion -> occasion instanceof Occasion.Tell tell
                        ? tell.from(names.getOrDefault(
                                tell.arrival().senderId(), tell.arrival().sender()))
                        : occasion)
                .toList();
    }

    private List<Occasion> read(Database shard, List<Lease> leases) {
        return shard.query(connection -> {
            List<Occasion> occasions = new ArrayList<>(leases.size());
            leases.forEach(lease -> occasions.add(new Occasion.Settled(lease)));
            try (var statement = connection.prepareStatement(READ)) {
                statement.setArray(1, connection.createArrayOf("uuid", column(leases, Lease::deviceId)));
                statement.setArray(2, connection.createArrayOf("uuid", column(leases, Lease::conversationId)));
                statement.setArray(3, connection.createArrayOf("int8", column(leases, Lease::toldSequence)));
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        int i = (int) row.getLong("ordinal") - 1;
                        occasions.set(i, occasion(leases.get(i), row));
                    }
                }
            }
            return occasions;
        });
    }

    private static Object[] column(List<Lease> leases, Function<Lease, Object> value) {
        return leases.stream().map(value).toArray();
    }

    private Occasion occasion(Lease lease, ResultSet row) throws SQLException {
        UUID userId = row.getObject("user_id", UUID.class);
        UUID senderId = row.getObject("sender_id", UUID.class);
        if (senderId != null) {
            return new Occasion.Tell(lease, userId, row.getString("push_token"), arrival(senderId, row));
        }
        boolean shown = lease.toldSequence() > 0 && row.getBoolean("away_since_told");
        if (!shown) {
            return new Occasion.Settled(lease);
        }
        return row.getLong("last_read_sequence") >= lease.toldSequence()
                ? new Occasion.Clear(lease, userId, row.getString("push_token"))
                : new Occasion.Told(lease);
    }

    private Push.Arrival arrival(UUID senderId, ResultSet row) throws SQLException {
        return new Push.Arrival(
                senderId,
                row.getString("username"),
                row.getLong("sequence_number"),
                row.getLong("unread"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                content == PushContent.PREVIEW ? Optional.of(preview(row.getString("content"))) : Optional.empty());
    }

    static String preview(String content) {
        if (content.codePointCount(0, content.length()) <= PREVIEW_CODE_POINTS) {
            return content;
        }
        return content.substring(0, content.offsetByCodePoints(0, PREVIEW_CODE_POINTS)) + "…";
    }
}
