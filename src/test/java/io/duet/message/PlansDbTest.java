package io.duet.message;

import static io.duet.message.MessageLogDbTest.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.config.DuetConfig;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Plans that were made and cached while the tables were nearly empty, as on every fresh installation, must be good ones when they
 * are full. PostgreSQL's own counters tell how much was read.
 */
class PlansDbTest {
    private static final int ROWS = 100_000;
    private static final int FIRST = 25;
    private static final int SENDS = 100;
    private TestDatabase db;
    private MessageLog log;
    private long sent;

    @BeforeEach
    void open() {
        db = TestDatabase.migrated();
        for (String table :
                List.of("users", "devices", "conversations", "read_receipts", "messages", "message_status")) {
            // It would make new plans sooner or later.
            db.execute("ALTER TABLE " + table + " SET (autovacuum_enabled = false)");
        }
        log = new MessageLog(db.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
    }

    @AfterEach
    void close() {
        log.close();
        db.close();
    }

    @Test
    void whatWasPlannedOnNearlyEmptyTablesReadsFullOnesByTheRightIndex() {
        Talk talk = Talk.in(db, 1);
        send(talk, 5);
        db.execute("ANALYZE"); // as autovacuum does soon: everything fits on one page, so reading all of it looks best
        send(talk, 20); // makes and caches the plans

        fill(talk);
        settle(talk);
        long sequentialBefore = sequentialScans();
        long entriesBefore = indexEntriesRead();
        long sentBefore = sent;
        send(talk, SENDS);
        settle(talk);

        assertThat(sequentialScans() - sequentialBefore).as("sequential scans").isZero();
        assertThat((indexEntriesRead() - entriesBefore) / (sent - sentBefore))
                .as("index entries read for one message and its acknowledgement")
                .isLessThan(60);
    }

    @Test
    void whatWasPreparedOnNearlyEmptyTablesReadsFullOnesByTheRightIndex() {
        Talk talk = Talk.in(db, 1);
        send(talk, FIRST);
        db.execute("ANALYZE");
        for (int i = 0; i < 20; i++) { // the driver prepares a statement, and PostgreSQL thinks of a generic plan
            read(talk);
        }

        fill(talk);
        db.execute("UPDATE message_status SET status = 'sent' WHERE sequence_number > " + ROWS / 2
                + "; SELECT pg_stat_force_next_flush()");
        long before = sequentialScans();
        read(talk);
        db.execute("SELECT pg_stat_force_next_flush()");

        assertThat(sequentialScans() - before).as("sequential scans").isZero();
    }

    private void read(Talk talk) {
        UUID device = talk.bobDevice();
        log.pending(device, Position.START, 100);
        log.pendingIn(device, talk.conversationId(), 0, 100, 100);
        log.owed(device, talk.conversationId(), 0, 100);
        log.pendingOf(List.of(device), 100);
        log.pendingOlderThan(List.of(device), Duration.ZERO, 100);
        log.history(talk.conversationId(), new Range.Newest(), 100);
        log.history(talk.conversationId(), new Range.After(5), 100);
    }

    /** A backend reports its counters once a second at most, and only when it has something to do. */
    private void settle(Talk talk) {
        long target = sent;
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            send(talk, 1);
            return counter("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'messages'") >= ROWS + target
                    && counter("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'message_status'") >= target;
        });
    }

    private void send(Talk talk, int count) {
        for (int i = 0; i < count; i++) {
            sent++;
            long sequence = stored(log.append(talk.fromAlice(UUID.randomUUID().toString(), "x")))
                    .message()
                    .sequenceNumber();
            log.acknowledge(new Acknowledgement.UpTo(talk.bobDevice(), talk.bob(), talk.conversationId(), sequence))
                    .toCompletableFuture()
                    .join();
        }
    }

    /** A long history in this conversation, and many other people. */
    private void fill(Talk talk) {
        db.execute("""
                INSERT INTO users (user_id, username, email)
                SELECT gen_random_uuid(), 'p' || i, 'p' || i || '@example.org' FROM generate_series(1, 5000) i;
                INSERT INTO devices (device_id, user_id, device_type) SELECT gen_random_uuid(), user_id, 'web' FROM users;
                INSERT INTO conversations (conversation_id, participant_1, participant_2)
                SELECT gen_random_uuid(), least(user_id, '%1$s'), greatest(user_id, '%1$s') FROM users WHERE username LIKE 'p%%';
                INSERT INTO read_receipts (user_id, conversation_id)
                SELECT '%1$s', conversation_id FROM conversations c
                WHERE '%1$s' IN (participant_1, participant_2) AND conversation_id <> '%2$s';
                INSERT INTO messages (message_id, conversation_id, sender_id, client_message_id, content, sequence_number)
                SELECT gen_random_uuid(), '%2$s', '%1$s', 'h' || i, 'x', 25 + i FROM generate_series(1, %3$d) i;
                INSERT INTO message_status (message_id, device_id, status, conversation_id, sequence_number)
                SELECT message_id, '%4$s', 'delivered', conversation_id, sequence_number FROM messages
                WHERE sequence_number > 25;
                UPDATE conversations SET last_sequence = 25 + %3$d, sent_by_1 = 25 + %3$d, sent_by_2 = 0
                WHERE conversation_id = '%2$s';
                UPDATE read_receipts SET delivered_sequence = 25 + %3$d WHERE conversation_id = '%2$s';
                SELECT pg_stat_force_next_flush();
                """.formatted(talk.alice(), talk.conversationId(), ROWS, talk.bobDevice()));
    }

    private long sequentialScans() {
        return counter(
                "SELECT sum(seq_scan)::bigint FROM pg_stat_user_tables WHERE relname <> 'flyway_schema_history'");
    }

    private long indexEntriesRead() {
        return counter("SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes");
    }

    private long counter(String sql) {
        return db.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        });
    }
}
