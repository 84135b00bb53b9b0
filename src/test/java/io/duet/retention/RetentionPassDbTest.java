package io.duet.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.conversation.ConversationView;
import io.duet.conversation.Conversations;
import io.duet.conversation.ConversationsResource;
import io.duet.conversation.ReadOutcome;
import io.duet.message.AckOutcome;
import io.duet.message.Acknowledgement;
import io.duet.message.AppendOutcome;
import io.duet.message.AppendOutcome.ContentConflict;
import io.duet.message.AppendOutcome.Stored;
import io.duet.message.Draft;
import io.duet.message.MessageLog;
import io.duet.message.Position;
import io.duet.message.Range;
import io.duet.message.StoredMessage;
import io.duet.message.Talk;
import io.duet.platform.TestDatabase;
import io.duet.rest.SignedIn;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetentionPassDbTest {
    private static final Duration AGE = Duration.ofDays(365);
    private static final Duration AT_ONCE = Duration.ZERO;

    private final List<Removal> removals = new ArrayList<>();
    private final List<RetentionPass.Summary> summaries = new ArrayList<>();
    private TestDatabase db;
    private MessageLog log;
    private Conversations conversations;
    private ConversationsResource list;
    private Talk talk;

    @BeforeEach
    void open() {
        db = TestDatabase.migrated();
        log = new MessageLog(db.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
        conversations = new Conversations(db.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
        list = new ConversationsResource(conversations);
        talk = Talk.in(db, 2);
    }

    @AfterEach
    void close() {
        log.close();
        conversations.close();
        db.close();
    }

    @Test
    void whatIsOlderGoesAndTheRestStaysAsItWas() {
        send(1, 10);
        age(talk, 6);
        List<StoredMessage> before = log.history(talk.conversationId(), new Range.After(0), 100);

        pass();

        assertThat(log.history(talk.conversationId(), new Range.After(0), 100)).isEqualTo(before.subList(6, 10));
        assertThat(log.history(talk.conversationId(), new Range.Before(9), 100))
                .extracting(StoredMessage::sequenceNumber)
                .containsExactly(8L, 7L);
        assertThat(log.history(talk.conversationId(), new Range.Before(7), 100)).isEmpty();
        assertThat(log.byId(before.get(0).messageId())).isEmpty();
        for (UUID device : talk.bobDevices()) {
            assertThat(log.pending(device, Position.START, 100)).isEqualTo(before.subList(6, 10));
        }
        assertThat(count("message_status")).isEqualTo(4 * 2);
        assertThat(stored(draft(11)).message().sequenceNumber()).isEqualTo(11);
        assertThat(removals).singleElement().satisfies(removal -> {
            assertThat(removal.removedTo()).isEqualTo(6);
            assertThat(removal.messages()).isEqualTo(6);
        });
        assertThat(summaries).containsExactly(new RetentionPass.Summary(6, 1, 0));
    }

    @Test
    void anOlderTimeAboveAYoungerOneWaitsSoThatThereIsNeverAHole() {
        send(1, 5);
        db.execute(
                "UPDATE messages SET created_at = created_at - interval '400 days' WHERE sequence_number IN (1, 2, 4)");

        pass();

        assertThat(log.history(talk.conversationId(), new Range.After(0), 100))
                .extracting(StoredMessage::sequenceNumber)
                .containsExactly(3L, 4L, 5L);
    }

    @Test
    void aRetryOfWhatIsGoneGetsTheFirstMessagesValuesForEver() {
        send(1, 3);
        age(talk, 2);
        StoredMessage first =
                log.history(talk.conversationId(), new Range.After(0), 1).get(0);
        pass();

        assertThat(stored(draft(1))).isEqualTo(new Stored(first, true, talk.bob(), List.of()));
        assertThat(outcome(log.append(talk.fromAlice("a-1", "other")))).isEqualTo(new ContentConflict());
        assertThat(stored(talk.fromBob("a-1", "text 1")).message().sequenceNumber())
                .as("the other person's id of the same name is another one")
                .isEqualTo(4);
        assertThat(log.history(talk.conversationId(), new Range.After(0), 100))
                .extracting(StoredMessage::sequenceNumber)
                .containsExactly(3L, 4L);
    }

    @Test
    void aBatchOfRetriesAndNewOnesIsNumberedWithoutAGap() {
        send(1, 4);
        age(talk, 2);
        pass();

        List<CompletionStage<AppendOutcome>> answers = new ArrayList<>();
        for (int i = 1; i <= 8; i++) {
            answers.add(log.append(draft(i)));
        }

        assertThat(answers.stream()
                        .map(answer -> ((Stored) outcome(answer)).message().sequenceNumber()))
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 8).boxed().toList());
        assertThat(log.history(talk.conversationId(), new Range.After(0), 100)).hasSize(6);
    }

    @Test
    void unreadCountsAreOfWhatIsThere() {
        send(1, 10);
        stored(talk.fromBob("b-1", "mine")); // 11
        assertThat(read(talk.bob(), 3)).isInstanceOf(ReadOutcome.Advanced.class);
        assertThat(unread()).isEqualTo(7);
        age(talk, 6);

        pass();

        assertThat(unread()).isEqualTo(4);
        assertThat(view().myLastReadSequence())
                .as("the mark stays where it was")
                .isEqualTo(3);
        read(talk.bob(), 5);
        assertThat(unread()).as("a mark within what is gone").isEqualTo(4);
        read(talk.bob(), 8);
        assertThat(unread()).isEqualTo(2);
        read(talk.bob(), 11);
        assertThat(unread()).isZero();
        send(12, 12);
        assertThat(unread()).isEqualTo(1);
        age(talk, 12);
        pass();
        assertThat(unread()).isZero();
        assertThat(view().lastMessage()).isEmpty();
        assertThat(view().lastSequence()).isEqualTo(12);
    }

    @Test
    void aDeviceMayAcknowledgeWhatIsGone() {
        send(1, 5);
        StoredMessage gone =
                log.history(talk.conversationId(), new Range.After(0), 1).get(0);
        age(talk, 3);
        pass();

        assertThat(acknowledge(new Acknowledgement.One(talk.bobDevice(), talk.bob(), gone.messageId())))
                .isEqualTo(new AckOutcome.NotFound());
        var upTo = (AckOutcome.Delivered)
                acknowledge(new Acknowledgement.UpTo(talk.bobDevice(), talk.bob(), talk.conversationId(), 4));
        assertThat(upTo.newlyDelivered())
                .singleElement()
                .satisfies(message -> assertThat(message.sequenceNumber()).isEqualTo(4));
        assertThat(log.pending(talk.bobDevice(), Position.START, 10))
                .extracting(StoredMessage::sequenceNumber)
                .containsExactly(5L);
        assertThat(log.pendingIn(talk.bobDevice(), talk.conversationId(), 0, 5, 10))
                .isEmpty();
    }

    @Test
    void aHoldOnAConversationOrOnEitherPersonKeepsEverything() {
        var holds = new LegalHolds(db.database());
        Talk ofUser = Talk.in(db, 1);
        Talk free = Talk.in(db, 1);
        for (Talk each : List.of(talk, ofUser, free)) {
            stored(each.fromAlice("a", "x"));
            age(each, 1);
        }
        LegalHold one = holds.place(Optional.of(talk.conversationId()), Optional.empty(), "case 1", talk.alice())
                .orElseThrow();
        LegalHold two = holds.place(Optional.empty(), Optional.of(ofUser.bob()), "case 2", talk.alice())
                .orElseThrow();
        assertThat(holds.place(Optional.of(UUID.randomUUID()), Optional.empty(), "nobody's", talk.alice()))
                .isEmpty();

        pass();

        assertThat(removals).extracting(Removal::conversationId).containsExactly(free.conversationId());
        assertThat(summaries).containsExactly(new RetentionPass.Summary(1, 1, 2));
        assertThat(holds.list(new UUID(0, 0), 10)).containsExactly(one, two);

        assertThat(holds.lift(one.holdId())).contains(one);
        assertThat(holds.lift(one.holdId())).isEmpty();
        pass();
        assertThat(removals)
                .extracting(Removal::conversationId)
                .containsExactly(free.conversationId(), talk.conversationId());
    }

    /** Removal looks for holds under its own lock, whatever the pass has seen before. */
    @Test
    void aHoldThatComesDuringAPassKeepsWhatIsStillThere() {
        send(1, 1);
        age(talk, 1);
        var turn = new RetentionTurn(db.database(), "node");
        var messages = new ExpiredMessages(db.database(), AGE);
        assertThat(turn.take(AT_ONCE)).isTrue();
        List<UUID> expired = messages.look(ExpiredMessages.START, 10).expired();
        assertThat(expired).containsExactly(talk.conversationId());

        new LegalHolds(db.database()).place(Optional.empty(), Optional.of(talk.alice()), "case", talk.alice());

        assertThat(messages.remove(turn, expired, 10)).isEmpty();
    }

    @Test
    void manyMessagesGoInSmallBatches() {
        send(1, 2 * RetentionPass.BATCH + 5);
        Talk other = Talk.in(db, 1);
        stored(other.fromAlice("a", "x"));
        age(talk, 2 * RetentionPass.BATCH + 4);
        age(other, 1);

        pass();

        assertThat(removals)
                .allSatisfy(removal -> assertThat(removal.messages()).isLessThanOrEqualTo(RetentionPass.BATCH));
        assertThat(removals.stream().mapToLong(Removal::messages).sum()).isEqualTo(2 * RetentionPass.BATCH + 5);
        assertThat(count("messages")).isEqualTo(1);
        assertThat(count("removed_messages")).isEqualTo(2 * RetentionPass.BATCH + 5);
    }

    @Test
    void oneNodeAtATime() {
        var first = new RetentionTurn(db.database(), "first");
        var second = new RetentionTurn(db.database(), "second");
        send(1, 1);
        age(talk, 1);
        var messages = new ExpiredMessages(db.database(), AGE);

        assertThat(first.take(AT_ONCE)).isTrue();
        assertThat(second.take(AT_ONCE)).isFalse();
        assertThat(messages.remove(second, List.of(talk.conversationId()), 10)).isEmpty();
        db.execute("UPDATE retention_turn SET leased_until = clock_timestamp() - interval '1 second'");
        assertThat(first.renew()).as("its lease is over").isFalse();
        assertThat(second.take(AT_ONCE)).isTrue();
        assertThat(messages.remove(first, List.of(talk.conversationId()), 10)).isEmpty();
        assertThat(messages.remove(second, List.of(talk.conversationId()), 10)).hasSize(1);
        second.finish();
        assertThat(first.take(Duration.ofHours(1))).as("not due").isFalse();
        assertThat(first.take(AT_ONCE)).isTrue();
    }

    @Test
    void thoseWhoWriteReadAndAcknowledgeMeanwhileNoticeNothing() throws Exception {
        send(1, 3000);
        age(talk, 2500);
        CompletableFuture<Void> passing = CompletableFuture.runAsync(this::pass);
        long sequence = 3000;
        do {
            sequence++;
            assertThat(stored(draft((int) sequence)).message().sequenceNumber()).isEqualTo(sequence);
            assertThat(acknowledge(new Acknowledgement.UpTo(
                            talk.bobDevice(), talk.bob(), talk.conversationId(), sequence - 2000)))
                    .isInstanceOf(AckOutcome.Delivered.class);
            read(talk.bob(), sequence - 1500);
        } while (!passing.isDone());
        passing.get(60, TimeUnit.SECONDS);

        assertThat(log.history(talk.conversationId(), new Range.After(0), 1)
                        .get(0)
                        .sequenceNumber())
                .isEqualTo(2501);
        long mark = view().myLastReadSequence();
        assertThat(unread()).isEqualTo(sequence - Math.max(mark, 2500));
        assertThat(log.pending(talk.bobDevices().get(1), Position.START, 10_000))
                .hasSize((int) (sequence - 2500));
    }

    private void pass() {
        new RetentionPass(
                        new ExpiredMessages(db.database(), AGE),
                        new RetentionTurn(db.database(), "node"),
                        removals::add,
                        summaries::add)
                .run(AT_ONCE);
    }

    private Draft draft(int i) {
        return talk.fromAlice("a-" + i, "text " + i);
    }

    private void send(int from, int to) {
        List<CompletionStage<AppendOutcome>> answers = IntStream.rangeClosed(from, to)
                .mapToObj(i -> log.append(draft(i)))
                .toList();
        answers.forEach(RetentionPassDbTest::outcome);
    }

    private void age(Talk whose, int upTo) {
        db.execute("UPDATE messages SET created_at = created_at - interval '400 days' WHERE conversation_id = '"
                + whose.conversationId() + "' AND sequence_number <= " + upTo
                + " AND created_at > now() - interval '1 day'");
    }

    private ConversationView view() {
        return list.one(talk.conversationId(), new SignedIn(talk.bob()));
    }

    private long unread() {
        return view().unreadCount();
    }

    private ReadOutcome read(UUID userId, long sequence) {
        return conversations
                .read(userId, talk.conversationId(), sequence)
                .toCompletableFuture()
                .join();
    }

    private AckOutcome acknowledge(Acknowledgement ack) {
        return log.acknowledge(ack).toCompletableFuture().join();
    }

    private Stored stored(Draft draft) {
        return (Stored) outcome(log.append(draft));
    }

    private static AppendOutcome outcome(CompletionStage<AppendOutcome> answer) {
        return answer.toCompletableFuture().join();
    }

    private long count(String table) {
        return db.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT count(*) FROM " + table)) {
                row.next();
                return row.getLong(1);
            }
        });
    }
}
