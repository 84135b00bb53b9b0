package io.duet.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.message.AppendOutcome.ContentConflict;
import io.duet.message.AppendOutcome.Stored;
import io.duet.message.AppendOutcome.UnknownConversation;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MessageLogDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<MessageLog> logs = new ArrayList<>();
    private MessageLog log;
    private Talk talk;

    @BeforeEach
    void open() {
        log = node();
        talk = Talk.in(DB, 2);
    }

    @AfterEach
    void close() {
        logs.forEach(MessageLog::close);
    }

    @AfterAll
    static void drop() {
        DB.close();
    }

    private MessageLog node() {
        var node = new MessageLog(DB.database(), DuetConfig.defaults(), Thread::new, meters);
        logs.add(node);
        return node;
    }

    @Test
    void aMessageIsStoredWithAnInboxEntryForEveryOtherDevice() {
        UUID aliceDesktop = Talk.device(DB, talk.alice());
        Instant before = Instant.now().minusSeconds(1);

        Stored stored = stored(log.append(talk.fromAlice("a-1", "héllo\r\n\u202e x  ")));

        assertThat(stored.duplicate()).isFalse();
        assertThat(stored.recipientId()).isEqualTo(talk.bob());
        assertThat(stored.targetDevices())
                .containsExactlyInAnyOrder(
                        talk.bobDevices().get(0), talk.bobDevices().get(1), aliceDesktop);
        StoredMessage message = stored.message();
        assertThat(message.messageId().version()).isEqualTo(7);
        assertThat(message.sequenceNumber()).isEqualTo(1);
        assertThat(message.content()).isEqualTo("héllo\r\n\u202e x  ");
        assertThat(message.createdAt()).isBetween(before, Instant.now().plusSeconds(1));
        assertThat(message.createdAt().getNano() % 1_000_000).isZero();
        assertThat(log.byId(message.messageId())).contains(message);
        for (UUID device : stored.targetDevices()) {
            assertThat(log.pending(device, Position.START, 10)).containsExactly(message);
        }
        assertThat(log.pending(talk.aliceDevice(), Position.START, 10)).isEmpty();
    }

    @Test
    void aRemovedDeviceGetsNothing() {
        DB.execute("UPDATE devices SET removed_at = now() WHERE device_id = '" + talk.bobDevice() + "'");

        assertThat(stored(log.append(talk.fromAlice("a-1", "x"))).targetDevices())
                .containsExactly(talk.bobDevices().get(1));
    }

    @Test
    void aRetryOnAnyNodeAnswersWithTheFirstMessageAndLeavesNoGap() {
        Stored first = stored(log.append(talk.fromAlice("a-1", "x")));
        log.close();

        Stored retried = stored(node().append(talk.fromAlice("a-1", "x")));
        Stored next = stored(node().append(talk.fromAlice("a-2", "x")));

        assertThat(retried).isEqualTo(new Stored(first.message(), true, talk.bob(), List.of()));
        assertThat(next.message().sequenceNumber()).isEqualTo(2);
        assertThat(meters.counter("duet.messages.appended", "outcome", "duplicate")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void theSameClientMessageIdWithOtherContentIsAConflictAndTheFirstStands() {
        Stored first = stored(log.append(talk.fromAlice("a-1", "first")));

        assertThat(outcome(log.append(talk.fromAlice("a-1", "second")))).isEqualTo(new ContentConflict());
        assertThat(log.history(talk.conversationId(), new Range.Newest(), 10)).containsExactly(first.message());
    }

    @Test
    void theSameClientMessageIdOfTheOtherPersonIsAnotherMessage() {
        assertThat(stored(log.append(talk.fromAlice("1", "x"))).message().sequenceNumber())
                .isEqualTo(1);
        assertThat(stored(log.append(talk.fromBob("1", "y"))).message().sequenceNumber())
                .isEqualTo(2);
    }

    @Test
    void whoTakesNoPartInTheConversationCannotTellItFromAnUnknownOne() {
        UUID stranger = Talk.person(DB);
        var foreign = new Draft(talk.conversationId(), stranger, Talk.device(DB, stranger), "s-1", "x");
        var unknown = new Draft(UUID.randomUUID(), talk.alice(), talk.aliceDevice(), "a-1", "x");

        assertThat(outcome(log.append(foreign))).isEqualTo(new UnknownConversation());
        assertThat(outcome(log.append(unknown))).isEqualTo(new UnknownConversation());
        assertThat(stored(log.append(talk.fromAlice("a-1", "x"))).message().sequenceNumber())
                .isEqualTo(1);
    }

    @Test
    void duplicatesOfBothKindsWithinOneBatchFollowTheFirst() {
        UUID stranger = Talk.person(DB);
        List<AppendOutcome> outcomes = inOneBatch(List.of(
                talk.fromAlice("a", "one"),
                talk.fromAlice("a", "two"),
                talk.fromAlice("b", "three"),
                talk.fromAlice("a", "one"),
                new Draft(talk.conversationId(), stranger, null, "s", "x"),
                new Draft(talk.conversationId(), stranger, null, "s", "y"),
                talk.fromAlice("c", "four")));

        assertThat(outcomes.get(0)).isInstanceOf(Stored.class);
        assertThat(outcomes.get(1)).isEqualTo(new ContentConflict());
        assertThat(outcomes.get(3))
                .isEqualTo(new Stored(((Stored) outcomes.get(0)).message(), true, talk.bob(), List.of()));
        assertThat(outcomes.subList(4, 6)).containsOnly(new UnknownConversation());
        assertThat(sequences()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void withinOneBatchWhatWasStoredEarlierDecidesAlsoForFollowers() {
        Stored first = stored(log.append(talk.fromAlice("a", "stored")));

        List<AppendOutcome> outcomes = inOneBatch(List.of(
                talk.fromAlice("a", "other"),
                talk.fromAlice("a", "stored"),
                talk.fromAlice("a", "third"),
                talk.fromAlice("a", "other"),
                talk.fromAlice("a", "stored")));

        var duplicate = new Stored(first.message(), true, talk.bob(), List.of());
        assertThat(outcomes)
                .containsExactly(
                        new ContentConflict(), duplicate, new ContentConflict(), new ContentConflict(), duplicate);
    }

    @Test
    void twoNodesWritingIntoTheSameConversationsLeaveNoGapAndNoDeadlock() {
        MessageLog other = node();
        List<Talk> talks = Stream.generate(() -> Talk.in(DB, 1)).limit(20).toList();
        int each = 50;

        List<CompletionStage<AppendOutcome>> answers = IntStream.range(0, each)
                .boxed()
                .flatMap(i -> talks.stream()
                        .flatMap(t -> Stream.of(
                                log.append(t.fromAlice("n1-" + i, "x")),
                                other.append(t.fromAlice("n2-" + i, "x")),
                                other.append(t.fromBob("n2-" + i, "y")),
                                log.append(t.fromAlice("both-" + i, "x")),
                                other.append(t.fromAlice("both-" + i, "x")))))
                .toList();

        assertThat(answers).allSatisfy(answer -> assertThat(outcome(answer)).isInstanceOf(Stored.class));
        assertThat(answers.stream().filter(a -> stored(a).duplicate())).hasSize(each * talks.size());
        for (Talk t : talks) {
            assertThat(log.history(t.conversationId(), new Range.After(0), 1000))
                    .extracting(StoredMessage::sequenceNumber)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, 4L * each).boxed().toList());
        }
    }

    @Test
    void onlyTheDraftThatTheDatabaseRefusesFails() {
        // Validation keeps U+0000 out; should it ever fail, nobody else may suffer.
        List<Draft> drafts = IntStream.range(0, 20)
                .mapToObj(i -> talk.fromAlice("a-" + i, i == 13 ? "nul \0" : "fine"))
                .toList();

        List<CompletionStage<AppendOutcome>> answers =
                whileTheWriterIsBusy(() -> drafts.stream().map(log::append).toList());

        for (int i = 0; i < drafts.size(); i++) {
            if (i == 13) {
                assertThat(answers.get(i).toCompletableFuture())
                        .failsWithin(Duration.ofSeconds(20))
                        .withThrowableThat()
                        .havingCause()
                        .isInstanceOf(java.sql.SQLException.class);
            } else {
                assertThat(stored(answers.get(i)).duplicate()).isFalse();
            }
        }
        assertThat(sequences())
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 19).boxed().toList());
    }

    @Test
    void theListenerHearsOfEveryDraftAndAnswersIt() throws Exception {
        var heard = new java.util.concurrent.LinkedBlockingQueue<Appended>();
        log.onCommitted(heard::addAll);

        CompletionStage<AppendOutcome> answer = log.append(talk.fromAlice("a-1", "x"));

        Appended appended = heard.poll(20, TimeUnit.SECONDS);
        assertThat(appended.draft()).isEqualTo(talk.fromAlice("a-1", "x"));
        assertThat(answer.toCompletableFuture()).isNotDone();
        appended.reply().complete(appended.outcome());
        assertThat(stored(answer).message().sequenceNumber()).isEqualTo(1);
    }

    @Test
    void historyIsReadBothWays() {
        IntStream.rangeClosed(1, 9).forEach(i -> stored(log.append(talk.fromAlice("a-" + i, "x"))));

        assertThat(sequences(new Range.Newest(), 3)).containsExactly(9L, 8L, 7L);
        assertThat(sequences(new Range.Before(7), 3)).containsExactly(6L, 5L, 4L);
        assertThat(sequences(new Range.Before(2), 3)).containsExactly(1L);
        assertThat(sequences(new Range.After(0), 3)).containsExactly(1L, 2L, 3L);
        assertThat(sequences(new Range.After(8), 3)).containsExactly(9L);
        assertThat(sequences(new Range.After(9), 3)).isEmpty();
    }

    private List<Long> sequences() {
        return sequences(new Range.After(0), 1000);
    }

    private List<Long> sequences(Range range, int limit) {
        return log.history(talk.conversationId(), range, limit).stream()
                .map(StoredMessage::sequenceNumber)
                .toList();
    }

    private List<AppendOutcome> inOneBatch(List<Draft> drafts) {
        return whileTheWriterIsBusy(() -> drafts.stream().map(log::append).toList()).stream()
                .map(MessageLogDbTest::outcome)
                .toList();
    }

    /** Holds the conversation's writer on a row lock until the submission is over, so that all of it is one batch. */
    private <T> T whileTheWriterIsBusy(java.util.function.Supplier<T> submission) {
        return DB.database().query(connection -> {
            UUID busy = busyConversation();
            connection.setAutoCommit(false);
            try (var lock =
                    connection.prepareStatement("SELECT 1 FROM conversations WHERE conversation_id = ? FOR UPDATE")) {
                lock.setObject(1, busy);
                lock.executeQuery();
                var held = log.append(new Draft(busy, talk.alice(), talk.aliceDevice(), "busy", "x"));
                org.awaitility.Awaitility.await().until(() -> waitingForLocks() > 0);
                T result = submission.get();
                connection.commit();
                stored(held);
                return result;
            } finally {
                connection.setAutoCommit(true);
            }
        });
    }

    /** Another conversation of the same lane. */
    private UUID busyConversation() {
        int lane = lane(talk.conversationId());
        UUID other = Talk.conversation(DB, talk.alice(), Talk.person(DB));
        while (lane(other) != lane) {
            other = Talk.conversation(DB, talk.alice(), Talk.person(DB));
        }
        return other;
    }

    private static int lane(UUID conversationId) {
        int hash = conversationId.hashCode();
        return Math.floorMod(
                hash ^ (hash >>> 16), DuetConfig.defaults().messageLog().writers());
    }

    private static long waitingForLocks() {
        return DB.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    static AppendOutcome outcome(CompletionStage<AppendOutcome> answer) {
        return answer.toCompletableFuture().orTimeout(90, TimeUnit.SECONDS).join();
    }

    static Stored stored(CompletionStage<AppendOutcome> answer) {
        return (Stored) outcome(answer);
    }
}
