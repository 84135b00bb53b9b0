package io.duet.message;

import static io.duet.message.MessageLogDbTest.stored;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.message.AckOutcome.BeyondHead;
import io.duet.message.AckOutcome.Delivered;
import io.duet.message.AckOutcome.NotFound;
import io.duet.message.Acknowledgement.One;
import io.duet.message.Acknowledgement.UpTo;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcknowledgeDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();

    private final List<MessageLog> nodes = new ArrayList<>();
    private MessageLog log;
    private Talk talk;
    private UUID phone;
    private UUID desktop;

    @BeforeEach
    void open() {
        log = node();
        talk = Talk.in(DB, 2);
        phone = talk.bobDevices().get(0);
        desktop = talk.bobDevices().get(1);
    }

    @AfterEach
    void close() {
        nodes.forEach(MessageLog::close);
    }

    @AfterAll
    static void drop() {
        DB.close();
    }

    private MessageLog node() {
        var node = new MessageLog(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
        nodes.add(node);
        return node;
    }

    @Test
    void aCumulativeOneEmptiesThisDeviceOnlyAndDeliversThePeersMessagesOnce() {
        List<StoredMessage> sent = alice(3);
        StoredMessage own = bob();

        Delivered first = delivered(upTo(phone, own.sequenceNumber()));
        assertThat(first.conversationId()).isEqualTo(talk.conversationId());
        assertThat(first.peerId()).isEqualTo(talk.alice());
        assertThat(first.sequenceNumber()).isEqualTo(4);
        assertThat(first.newlyDelivered())
                .containsExactlyElementsOf(sent.stream()
                        .map(m -> new DeliveredMessage(m.messageId(), m.sequenceNumber()))
                        .toList());
        assertThat(pending(phone)).isEmpty();
        assertThat(pending(desktop)).containsExactly(1L, 2L, 3L, 4L);

        assertThat(delivered(upTo(phone, 4)).newlyDelivered()).isEmpty();
        assertThat(delivered(upTo(desktop, 2)).newlyDelivered()).isEmpty();
        assertThat(pending(desktop)).containsExactly(3L, 4L);
        assertThat(mark()).isEqualTo(4);
    }

    @Test
    void oneByOneTheMarkWaitsForTheHoleAndThenJumps() {
        List<StoredMessage> sent = alice(2);
        bob();
        sent.addAll(alice(2)); // 1 2 (3 is Bob's) 4 5

        assertThat(sequences(one(phone, sent.get(1)))).containsExactly(2L);
        assertThat(sequences(one(desktop, sent.get(2)))).containsExactly(4L);
        assertThat(mark()).isZero();
        assertThat(pending(phone)).containsExactly(1L, 4L, 5L);

        assertThat(sequences(one(desktop, sent.get(1)))).isEmpty();
        assertThat(sequences(one(phone, sent.get(0)))).containsExactly(1L);
        assertThat(mark()).isEqualTo(4);

        assertThat(sequences(upTo(phone, 5))).containsExactly(5L);
        assertThat(mark()).isEqualTo(5);
    }

    @Test
    void aCumulativeOneSkipsWhatWasDeliveredOneByOne() {
        List<StoredMessage> sent = alice(4);

        assertThat(sequences(one(desktop, sent.get(2)))).containsExactly(3L);
        assertThat(sequences(upTo(phone, 2))).containsExactly(1L, 2L);
        assertThat(mark()).isEqualTo(3);
        assertThat(sequences(upTo(phone, 4))).containsExactly(4L);
    }

    @Test
    void aDeviceOfTheSenderDeliversNothing() {
        UUID aliceDesktop = Talk.device(DB, talk.alice());
        List<StoredMessage> sent = alice(2);

        assertThat(sequences(log.acknowledge(
                        new One(aliceDesktop, talk.alice(), sent.get(0).messageId()))))
                .isEmpty();
        assertThat(pending(aliceDesktop)).containsExactly(2L);
        assertThat(sequences(log.acknowledge(new UpTo(aliceDesktop, talk.alice(), talk.conversationId(), 2))))
                .isEmpty();
        assertThat(pending(aliceDesktop)).isEmpty();
        assertThat(mark()).isZero();
    }

    @Test
    void aDeviceThatIsYoungerThanTheMessageCountsAndIsRemembered() {
        List<StoredMessage> sent = alice(2);
        UUID tablet = Talk.device(DB, talk.bob());

        assertThat(sequences(one(tablet, sent.get(1)))).containsExactly(2L);
        assertThat(sequences(one(phone, sent.get(1)))).isEmpty();
        assertThat(sequences(upTo(desktop, 2))).containsExactly(1L);
    }

    @Test
    void whatIsUnknownForeignOrNotYetGivenOutChangesNothing() {
        StoredMessage message = alice(1).get(0);
        UUID stranger = Talk.person(DB);
        UUID strangersDevice = Talk.device(DB, stranger);

        assertThat(outcome(upTo(phone, 2))).isEqualTo(new BeyondHead());
        assertThat(outcome(log.acknowledge(new UpTo(strangersDevice, stranger, talk.conversationId(), 1))))
                .isEqualTo(new NotFound());
        assertThat(outcome(log.acknowledge(new UpTo(phone, talk.bob(), UUID.randomUUID(), 1))))
                .isEqualTo(new NotFound());
        assertThat(outcome(log.acknowledge(new One(strangersDevice, stranger, message.messageId()))))
                .isEqualTo(new NotFound());
        assertThat(outcome(log.acknowledge(new One(phone, talk.bob(), UUID.randomUUID()))))
                .isEqualTo(new NotFound());
        assertThat(sequences(upTo(phone, 0))).isEmpty();
        assertThat(pending(phone)).containsExactly(1L);
        assertThat(mark()).isZero();
    }

    @Test
    void anAbsentPersonsFirstAcknowledgementTellsOfTheNewest500() {
        alice(600);

        List<Long> newly = sequences(upTo(phone, 600));

        assertThat(newly)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(101, 600).boxed().toList());
        assertThat(pending(phone)).isEmpty();
        assertThat(mark()).isEqualTo(600);
    }

    @Test
    void whenTwoDevicesOnTwoNodesAcknowledgeAtOnceEachMessageIsDeliveredOnce() {
        MessageLog other = node();
        List<StoredMessage> sent = alice(100);

        List<CompletionStage<AckOutcome>> answers = new ArrayList<>();
        for (StoredMessage message : sent) {
            answers.add(log.acknowledge(new UpTo(phone, talk.bob(), talk.conversationId(), message.sequenceNumber())));
            answers.add(other.acknowledge(new One(desktop, talk.bob(), message.messageId())));
        }

        List<Long> delivered =
                answers.stream().flatMap(answer -> sequences(answer).stream()).toList();
        assertThat(delivered)
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.rangeClosed(1, 100).boxed().toList());
        assertThat(mark()).isEqualTo(100);
        assertThat(pending(phone)).isEmpty();
        assertThat(pending(desktop)).isEmpty();
    }

    /** Against a model that remembers every acknowledged (device, sequence). */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void inWhateverOrderAcknowledgementsComeTheMarkAndTheNewsAreExact(long seed) {
        var random = new Random(seed);
        Map<UUID, Set<Long>> acknowledged = new HashMap<>(Map.of(phone, new HashSet<>(), desktop, new HashSet<>()));
        Set<Long> told = new HashSet<>();
        List<StoredMessage> all = new ArrayList<>();
        for (int step = 0; step < 120; step++) {
            int what = random.nextInt(5);
            if (all.isEmpty() || what == 0) {
                all.add(random.nextInt(3) == 0 ? bob() : alice(1).get(0));
                continue;
            }
            UUID device = random.nextBoolean() ? phone : desktop;
            StoredMessage target = all.get(random.nextInt(all.size()));
            boolean cumulative = what == 1;
            List<Long> news = sequences(cumulative ? upTo(device, target.sequenceNumber()) : one(device, target));
            Set<Long> expected = new HashSet<>();
            for (StoredMessage message : all) {
                long sequence = message.sequenceNumber();
                if (cumulative ? sequence <= target.sequenceNumber() : sequence == target.sequenceNumber()) {
                    acknowledged.get(device).add(sequence);
                    if (message.senderId().equals(talk.alice()) && told.add(sequence)) {
                        expected.add(sequence);
                    }
                }
            }
            assertThat(news).containsExactlyInAnyOrderElementsOf(expected);
            assertMarkCovers(all, told);
            assertThat(pending(device))
                    .containsExactlyElementsOf(all.stream()
                            .filter(m -> !(device.equals(phone) && m.senderId().equals(talk.bob())))
                            .map(StoredMessage::sequenceNumber)
                            .filter(s -> !acknowledged.get(device).contains(s))
                            .toList());
        }
    }

    private void assertMarkCovers(List<StoredMessage> all, Set<Long> told) {
        long mark = mark();
        List<Long> alices = all.stream()
                .filter(m -> m.senderId().equals(talk.alice()))
                .map(StoredMessage::sequenceNumber)
                .toList();
        assertThat(alices.stream().filter(s -> s <= mark)).allMatch(told::contains);
        alices.stream()
                .filter(s -> s > mark)
                .findFirst()
                .ifPresent(next -> assertThat(told).doesNotContain(next));
    }

    private List<StoredMessage> alice(int count) {
        var answers = IntStream.range(0, count)
                .mapToObj(i -> log.append(talk.fromAlice(UUID.randomUUID().toString(), "x")))
                .toList();
        return new ArrayList<>(answers.stream().map(a -> stored(a).message()).toList());
    }

    private StoredMessage bob() {
        return stored(log.append(talk.fromBob(UUID.randomUUID().toString(), "y")))
                .message();
    }

    private CompletionStage<AckOutcome> upTo(UUID device, long sequence) {
        return log.acknowledge(new UpTo(device, talk.bob(), talk.conversationId(), sequence));
    }

    private CompletionStage<AckOutcome> one(UUID device, StoredMessage message) {
        return log.acknowledge(new One(device, talk.bob(), message.messageId()));
    }

    private List<Long> pending(UUID device) {
        return log.pending(device, Position.START, 1000).stream()
                .map(StoredMessage::sequenceNumber)
                .toList();
    }

    private long mark() {
        return DB.database().query(connection -> {
            try (var statement = connection.prepareStatement(
                    "SELECT delivered_sequence FROM read_receipts WHERE user_id = ? AND conversation_id = ?")) {
                statement.setObject(1, talk.bob());
                statement.setObject(2, talk.conversationId());
                try (var row = statement.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        });
    }

    private static List<Long> sequences(CompletionStage<AckOutcome> answer) {
        return delivered(answer).newlyDelivered().stream()
                .map(DeliveredMessage::sequenceNumber)
                .toList();
    }

    private static Delivered delivered(CompletionStage<AckOutcome> answer) {
        return (Delivered) outcome(answer);
    }

    private static AckOutcome outcome(CompletionStage<AckOutcome> answer) {
        return answer.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }
}
