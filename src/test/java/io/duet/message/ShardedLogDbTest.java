package io.duet.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.config.DuetConfig;
import io.duet.config.TestConfig;
import io.duet.message.AckOutcome.Delivered;
import io.duet.message.AppendOutcome.Stored;
import io.duet.message.AppendOutcome.Unavailable;
import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.platform.TestShards;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The log over two PostgreSQL clusters. */
class ShardedLogDbTest {
    private static final TestShards SHARDS = TestShards.migrated();
    private static final UUID ALICE = SHARDS.person();
    private static final UUID DESK = SHARDS.device(ALICE);
    private static MessageLog log;

    @BeforeAll
    static void open() {
        log = new MessageLog(SHARDS.database(), patient(Duration.ofSeconds(5)), Thread::new, new SimpleMeterRegistry());
    }

    @AfterAll
    static void close() {
        log.close();
        SHARDS.close();
    }

    private static DuetConfig patient(Duration deadline) {
        return TestConfig.with(new DuetConfig.MessageLog(2, 256, 8192, deadline));
    }

    private record Pair(UUID conversationId, UUID bob, UUID phone) {}

    private static Pair pair(boolean atHome) {
        UUID bob = SHARDS.person();
        return new Pair(SHARDS.conversation(atHome, ALICE, bob), bob, SHARDS.device(bob));
    }

    private static Stored say(UUID conversationId, String clientMessageId) {
        return (Stored) answer(log.append(draft(conversationId, clientMessageId)));
    }

    private static Draft draft(UUID conversationId, String clientMessageId) {
        return new Draft(conversationId, ALICE, DESK, clientMessageId, "text of " + clientMessageId);
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Test
    void eachMessageIsInTheDatabaseOfItsConversation() {
        for (boolean atHome : List.of(true, false)) {
            Pair pair = pair(atHome);
            Stored stored = say(pair.conversationId(), "m-1");
            assertThat(stored.targetDevices()).containsExactly(pair.phone());
            assertThat(count(SHARDS.home().database(), pair)).isEqualTo(atHome ? 1 : 0);
            assertThat(count(SHARDS.other().database(), pair)).isEqualTo(atHome ? 0 : 1);
            assertThat(log.history(pair.conversationId(), new Range.Newest(), 10))
                    .containsExactly(stored.message());
            assertThat(log.byId(stored.message().messageId())).contains(stored.message());
            assertThat(log.owed(pair.phone(), pair.conversationId(), 0, 10))
                    .isEqualTo(new Owed(List.of(stored.message()), 1));
        }
    }

    private static long count(Database database, Pair pair) {
        return database.query(connection -> {
            try (var statement =
                    connection.prepareStatement("SELECT count(*) FROM messages WHERE conversation_id = ?")) {
                statement.setObject(1, pair.conversationId());
                var row = statement.executeQuery();
                row.next();
                return row.getLong(1);
            }
        });
    }

    @Test
    void anInboxIsReadInOnePieceHoweverManyDatabasesItIsIn() {
        UUID bob = SHARDS.person();
        UUID phone = SHARDS.device(bob);
        List<StoredMessage> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            UUID sender = SHARDS.person();
            UUID conversation = SHARDS.conversation(i % 2 == 0, bob, sender);
            for (int message = 0; message < 3; message++) {
                Draft draft = new Draft(conversation, sender, UUID.randomUUID(), "m-" + message, "x");
                all.add(((Stored) answer(log.append(draft))).message());
            }
        }
        all.sort(Comparator.comparing(Position::of));

        List<StoredMessage> paged = new ArrayList<>();
        Position after = Position.START;
        List<StoredMessage> page;
        do {
            page = log.pending(phone, after, 5);
            paged.addAll(page);
            after = page.isEmpty() ? after : Position.of(page.get(page.size() - 1));
        } while (page.size() == 5);
        assertThat(paged).isEqualTo(all);
        assertThat(log.pendingOf(List.of(phone, DESK), 7).get(phone)).isEqualTo(all.subList(0, 7));
        assertThat(log.pendingOlderThan(List.of(phone), Duration.ZERO, 7).get(phone))
                .isEqualTo(all.subList(0, 7));
    }

    @Test
    void aMessageIsAcknowledgedByItsIdAloneWhereverItIs() {
        for (boolean atHome : List.of(true, false)) {
            Pair pair = pair(atHome);
            StoredMessage message = say(pair.conversationId(), "m-1").message();
            var ack = new Acknowledgement.One(pair.phone(), pair.bob(), message.messageId());
            assertThat(answer(log.acknowledge(ack))).isInstanceOfSatisfying(Delivered.class, delivered -> {
                assertThat(delivered.conversationId()).isEqualTo(pair.conversationId());
                assertThat(delivered.newlyDelivered()).containsExactly(new DeliveredMessage(message.messageId(), 1));
            });
            assertThat(log.status(message.messageId(), ALICE))
                    .get()
                    .satisfies(status -> assertThat(status.items())
                            .extracting(MessageStatus.OnDevice::status)
                            .containsExactly("delivered"));
            assertThat(log.pending(pair.phone(), Position.START, 10)).isEmpty();
        }
        assertThat(answer(log.acknowledge(new Acknowledgement.One(DESK, ALICE, UUID.randomUUID()))))
                .isInstanceOf(AckOutcome.NotFound.class);
        assertThat(log.byId(UUID.randomUUID())).isEmpty();
        assertThat(log.status(UUID.randomUUID(), ALICE)).isEmpty();
    }

    @Test
    void whatBelongsToAnotherDatabaseIsPassedOver() {
        UUID bob = SHARDS.person();
        UUID phone = SHARDS.device(bob);
        UUID sender = SHARDS.person();
        UUID conversation = SHARDS.conversation(false, bob, sender);
        StoredMessage message =
                ((Stored) answer(log.append(new Draft(conversation, sender, UUID.randomUUID(), "m-1", "x")))).message();
        // What a copy of the whole database has left at home
        TestShards.insert(SHARDS.home(), conversation, bob, sender);
        SHARDS.home()
                .execute("INSERT INTO messages (message_id, conversation_id, sender_id, client_message_id, content,"
                        + " sequence_number) VALUES ('" + message.messageId() + "', '" + conversation + "', '" + sender
                        + "', 'm-1', 'stale', 1); INSERT INTO message_status (message_id, device_id, conversation_id,"
                        + " sequence_number) VALUES ('" + message.messageId() + "', '" + phone + "', '" + conversation
                        + "', 1)");

        assertThat(log.pending(phone, Position.START, 10)).containsExactly(message);
        assertThat(log.pendingOf(List.of(phone), 10).get(phone)).containsExactly(message);
        assertThat(log.pendingOlderThan(List.of(phone), Duration.ZERO, 10).get(phone))
                .containsExactly(message);
        assertThat(log.byId(message.messageId())).contains(message);
        answer(log.acknowledge(new Acknowledgement.UpTo(phone, bob, conversation, 1)));
        assertThat(log.pending(phone, Position.START, 10)).isEmpty();
        assertThat(log.status(message.messageId(), sender))
                .get()
                .satisfies(status -> assertThat(status.items())
                        .extracting(MessageStatus.OnDevice::status)
                        .containsExactly("delivered"));

        SHARDS.home().execute("CALL remove_foreign_messages(100)");
        assertThat(count(SHARDS.home().database(), new Pair(conversation, bob, phone)))
                .isZero();
        SHARDS.other().execute("CALL remove_foreign_messages(100)");
        assertThat(log.byId(message.messageId())).contains(message);
    }

    @Test
    void aDatabaseThatIsAwayTakesOnlyItsConversations() {
        Pair here = pair(true);
        Pair there = pair(false);
        StoredMessage first = say(here.conversationId(), "m-1").message();
        say(there.conversationId(), "m-1");
        SHARDS.other().refuse();
        try {
            CompletionStage<AppendOutcome> lost = log.append(draft(there.conversationId(), "m-2"));
            List<CompletionStage<AppendOutcome>> others = IntStream.rangeClosed(2, 20)
                    .mapToObj(i -> log.append(draft(here.conversationId(), "m-" + i)))
                    .toList();
            others.forEach(answer -> assertThat(answer(answer)).isInstanceOf(Stored.class));
            assertThat(answer(lost)).isInstanceOf(Unavailable.class);
            assertThat(answer(log.acknowledge(new Acknowledgement.One(here.phone(), here.bob(), first.messageId()))))
                    .isInstanceOf(Delivered.class);
            assertThat(answer(log.acknowledge(new Acknowledgement.One(here.phone(), here.bob(), UUID.randomUUID()))))
                    .isInstanceOf(AckOutcome.Unavailable.class);
            assertThat(log.pendingOlderThan(List.of(here.phone(), there.phone()), Duration.ZERO, 100))
                    .containsOnlyKeys(here.phone());
            assertThatThrownBy(() -> log.pending(here.phone(), Position.START, 10))
                    .isInstanceOf(DatabaseException.class);
        } finally {
            SHARDS.other().accept();
        }
        Stored again = say(there.conversationId(), "m-2");
        assertThat(again.message().sequenceNumber()).isEqualTo(2);
        assertThat(log.history(there.conversationId(), new Range.Newest(), 10)).hasSize(2);
    }
}
