package io.duet.push;

import io.duet.platform.Database;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * Finds what {@link PushTable} should have and nobody noted.
 *
 * @param devices only these; empty: all
 * @param age messages that have waited longer
 * @param recent in conversations with a message younger than this
 */
record PushSweep(Optional<Set<UUID>> devices, Duration age, Duration recent) {
    /** By conversations that were active lately: a device may have years of pending messages. */
    private static final String SWEEP = """
            INSERT INTO pushes (device_id, conversation_id, due_at)
            SELECT d.device_id, c.conversation_id, clock_timestamp()
              FROM devices d
              CROSS JOIN LATERAL (
                   SELECT conversation_id FROM conversations
                    WHERE participant_1 = d.user_id AND updated_at > clock_timestamp() - make_interval(secs => ?)
                   UNION ALL
                   SELECT conversation_id FROM conversations
                    WHERE participant_2 = d.user_id AND updated_at > clock_timestamp() - make_interval(secs => ?) OFFSET 0) c
              CROSS JOIN LATERAL (
                   SELECT last_read_sequence FROM read_receipts
                    WHERE user_id = d.user_id AND conversation_id = c.conversation_id OFFSET 0) r
              LEFT JOIN pushes p ON p.device_id = d.device_id AND p.conversation_id = c.conversation_id
             WHERE d.push_token IS NOT NULL AND d.removed_at IS NULL AND (?::uuid[] IS NULL OR d.device_id = ANY (?::uuid[]))
               AND p.due_at IS NULL%s
               AND EXISTS (
                   SELECT 1 FROM message_status s JOIN messages m ON m.message_id = s.message_id
                    WHERE s.device_id = d.device_id AND s.conversation_id = c.conversation_id AND s.status = 'sent'
                      AND s.sequence_number > greatest(p.told_sequence, r.last_read_sequence)
                      AND s.updated_at < clock_timestamp() - make_interval(secs => ?) AND m.sender_id <> d.user_id)
             ORDER BY d.device_id, c.conversation_id
            ON CONFLICT (device_id, conversation_id) DO UPDATE
               SET due_at = coalesce(pushes.due_at, excluded.due_at), version = pushes.version + 1""";

    private static final String SWEEP_READ = """
            WITH shown AS (
                SELECT p.device_id, p.conversation_id FROM pushes p JOIN devices d ON d.device_id = p.device_id
                  JOIN read_receipts r ON r.user_id = d.user_id AND r.conversation_id = p.conversation_id
                 WHERE p.due_at IS NULL AND r.last_read_sequence >= p.told_sequence
                   AND (?::uuid[] IS NULL OR p.device_id = ANY (?::uuid[]))%s
                 ORDER BY p.device_id, p.conversation_id FOR NO KEY UPDATE OF p)
            UPDATE pushes p SET due_at = clock_timestamp(), version = p.version + 1
              FROM shown WHERE p.device_id = shown.device_id AND p.conversation_id = shown.conversation_id""";

    /** Answers how many conversations of devices are due by it. One transaction for what waits, one for what was read. */
    int in(Database shard) {
        int waiting = PushTable.update(shard, SWEEP.formatted(shard.own("c.conversation_id")), statement -> {
            statement.setDouble(1, PushTable.seconds(recent));
            statement.setDouble(2, PushTable.seconds(recent));
            setDevices(statement, 3);
            setDevices(statement, 4);
            statement.setDouble(5, PushTable.seconds(age));
        });
        return waiting
                + PushTable.update(shard, SWEEP_READ.formatted(shard.own("p.conversation_id")), statement -> {
                    setDevices(statement, 1);
                    setDevices(statement, 2);
                });
    }

    private void setDevices(PreparedStatement statement, int index) throws SQLException {
        if (devices.isPresent()) {
            statement.setArray(index, PushTable.uuids(statement.getConnection(), devices.get(), Function.identity()));
        } else {
            statement.setNull(index, Types.ARRAY);
        }
    }
}
