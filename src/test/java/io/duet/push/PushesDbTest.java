package io.duet.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.config.DuetConfig;
import io.duet.config.DuetConfig.PushContent;
import io.duet.conversation.Conversations;
import io.duet.device.Devices;
import io.duet.message.Acknowledgement;
import io.duet.message.Draft;
import io.duet.message.MessageLog;
import io.duet.message.Talk;
import io.duet.platform.RecordingEvent;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told to whom, and by which node, on the real database. */
class PushesDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final PushOutcome ACCEPTED = new PushOutcome.Accepted();
    private static final PushOutcome UNAVAILABLE = new PushOutcome.Unavailable(Optional.empty());
    private static final MessageLog LOG =
            new MessageLog(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
    private static final Conversations CONVERSATIONS =
            new Conversations(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());

    private final PushTable table = new PushTable(DB.database());
    private final Devices devices = new Devices(DB.database(), Clock.systemUTC(), new RecordingEvent<>());
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Carrier carrier = new Carrier();
    private Talk talk;

    /** Carries pushes into a list and answers as it is told. */
    private static final class Carrier implements PushRelay {
        private final List<Push> sent = new CopyOnWriteArrayList<>();
        private volatile Function<Push, PushOutcome> answer = push -> ACCEPTED;

        @Override
        public boolean serves(PushToken token) {
            return token.kind().equals("test");
        }

        @Override
        public CompletionStage<PushOutcome> send(PushToken token, Push push) {
            sent.add(push);
            return CompletableFuture.completedFuture(answer.apply(push));
        }

        Push last() {
            return sent.get(sent.size() - 1);
        }
    }

    @BeforeEach
    void oneConversation() {
        DB.execute("TRUNCATE users CASCADE");
        talk = Talk.in(DB, 1);
        giveToken(talk.bobDevice(), "test:1");
    }

    @AfterAll
    static void close() {
        LOG.close();
        CONVERSATIONS.close();
        DB.close();
    }

    private static void giveToken(UUID device, String token) {
        DB.execute("UPDATE devices SET push_token = '%s' WHERE device_id = '%s'".formatted(token, device));
    }

    private Dispatcher dispatcher(PushContent content) {
        return new Dispatcher(
                table,
                new Occasions(DB.database(), content),
                CONVERSATIONS,
                devices,
                List.of(carrier),
                new Backoff(new Random(1)),
                new PushMetrics(meters),
                Runnable::run,
                DAY,
                4);
    }

    private void dispatch() {
        dispatcher(PushContent.NONE).run();
    }

    private void say(String text) throws Exception {
        LOG.append(talk.fromAlice(UUID.randomUUID().toString(), text))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    private void acknowledge(UUID device, long sequence) throws Exception {
        LOG.acknowledge(new Acknowledgement.UpTo(device, talk.bob(), talk.conversationId(), sequence))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    private void read(long sequence) throws Exception {
        CONVERSATIONS
                .read(talk.bob(), talk.conversationId(), sequence)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        table.noteRead(List.of(new ReadOn(talk.bob(), talk.conversationId())));
    }

    private int note() {
        return table.note(List.of(new Due(talk.bobDevice(), talk.conversationId())));
    }

    private static long number(String sql) {
        return DB.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    private static void makeAllDue() {
        DB.execute("UPDATE pushes SET due_at = now() WHERE due_at IS NOT NULL");
    }

    @Test
    void tellsWhoWroteAndHowMuchIsUnreadButNotWhat() throws Exception {
        say("one");
        say("two");
        UUID carla = Talk.person(DB);
        UUID other = Talk.conversation(DB, carla, talk.bob());
        LOG.append(new Draft(other, carla, Talk.device(DB, carla), "c", "three"))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        note();
        dispatch();
        assertThat(carrier.sent).hasSize(1);
        assertThat(carrier.last().unread()).isEqualTo(3);
        assertThat(carrier.last().timeToLive()).isEqualTo(DAY);
        assertThat(carrier.last().arrival()).get().satisfies(arrival -> {
            assertThat(arrival.senderId()).isEqualTo(talk.alice());
            assertThat(arrival.sender()).isEqualTo("u" + talk.alice());
            assertThat(arrival.sequenceNumber()).isEqualTo(2);
            assertThat(arrival.unread()).isEqualTo(2);
            assertThat(arrival.preview()).isEmpty();
        });
        dispatch();
        assertThat(carrier.sent).as("once").hasSize(1);
        assertThat(meters.counter("duet.pushes", "outcome", "accepted").count()).isEqualTo(1);

        say("more");
        note();
        dispatcher(PushContent.PREVIEW).run();
        assertThat(carrier.sent).hasSize(2);
        assertThat(carrier.last().arrival().orElseThrow().preview()).contains("more");
        assertThat(carrier.last().topic()).isEqualTo(carrier.sent.get(0).topic());
    }

    @Test
    void notesNothingForWhoHasAcknowledgedHasNoTokenOrIsGone() throws Exception {
        say("hello");
        giveTokenTo(null);
        assertThat(note()).isZero();
        giveTokenTo("test:1");
        acknowledge(talk.bobDevice(), 1);
        assertThat(note()).isZero();
        say("again");
        DB.execute("UPDATE devices SET removed_at = now()");
        assertThat(note()).isZero();
    }

    private void giveTokenTo(String token) {
        DB.execute("UPDATE devices SET push_token = %s WHERE device_id = '%s'"
                .formatted(token == null ? "NULL" : "'" + token + "'", talk.bobDevice()));
    }

    @Test
    void whatWasReadOrAcknowledgedMeanwhileIsNotTold() throws Exception {
        say("one");
        note();
        read(1);
        dispatch();
        say("two");
        note();
        acknowledge(talk.bobDevice(), 2);
        dispatch();
        assertThat(carrier.sent).isEmpty();
        assertThat(number("SELECT count(*) FROM pushes")).isZero();
    }

    @Test
    void whatOneWroteOnAnotherDeviceIsNotToldToOneself() throws Exception {
        UUID second = Talk.device(DB, talk.bob());
        LOG.append(new Draft(talk.conversationId(), talk.bob(), second, "b", "from bob"))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        assertThat(note()).isEqualTo(1);
        dispatch();
        assertThat(carrier.sent).isEmpty();
        assertThat(table.sweep(Optional.empty(), Duration.ZERO, DAY)).isZero();
    }

    @Test
    void whatIsShownGoesAwayWhenItIsReadElsewhere() throws Exception {
        say("one");
        note();
        dispatch();
        read(1);
        dispatch();
        assertThat(carrier.sent).hasSize(2);
        assertThat(carrier.last().arrival()).isEmpty();
        assertThat(carrier.last().unread()).isZero();
        assertThat(carrier.last().topic()).isEqualTo(carrier.sent.get(0).topic());
        assertThat(number("SELECT count(*) FROM pushes")).isZero();
    }

    @Test
    void aDeviceThatWasHereMeanwhileHasTidiedUpByItself() throws Exception {
        say("one");
        note();
        dispatch();
        acknowledge(talk.bobDevice(), 1);
        read(1);
        dispatch();
        assertThat(carrier.sent).hasSize(1);
        assertThat(number("SELECT count(*) FROM pushes")).isZero();
    }

    @Test
    void whatComesWhileAPushIsOnItsWayIsToldAfterwards() throws Exception {
        say("one");
        note();
        Lease lease = table.take(1, LEASE).get(0);
        say("two");
        note();
        assertThat(table.take(1, LEASE)).as("one node at a time").isEmpty();
        table.told(lease, 1);
        dispatch();
        assertThat(carrier.last().arrival().orElseThrow().sequenceNumber()).isEqualTo(2);
    }

    @Test
    void nodesNeverTakeTheSame() throws Exception {
        int rows = 300;
        List<Due> all = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            UUID device = Talk.device(DB, talk.bob());
            all.add(new Due(device, talk.conversationId()));
        }
        DB.execute("UPDATE devices SET push_token = 'test:x'");
        say("to all");
        assertThat(table.note(all)).isEqualTo(rows);
        var nodes = Executors.newFixedThreadPool(4);
        try {
            List<Future<List<Lease>>> taking = new ArrayList<>();
            for (int node = 0; node < 4; node++) {
                taking.add(nodes.submit(() -> takeAll(new PushTable(DB.database()))));
            }
            List<UUID> taken = new ArrayList<>();
            for (Future<List<Lease>> some : taking) {
                some.get(30, TimeUnit.SECONDS).forEach(lease -> taken.add(lease.deviceId()));
            }
            assertThat(taken).hasSize(rows).doesNotHaveDuplicates();
        } finally {
            nodes.shutdownNow();
        }
    }

    private static List<Lease> takeAll(PushTable table) {
        List<Lease> mine = new ArrayList<>();
        List<Lease> some = table.take(7, LEASE);
        while (!some.isEmpty()) {
            mine.addAll(some);
            some = table.take(7, LEASE);
        }
        return mine;
    }

    @Test
    void aLeaseThatEndsIsGivenToAnotherAndWhoComesLateSpoilsNothing() throws Exception {
        say("one");
        note();
        Lease slow = table.take(1, Duration.ZERO).get(0);
        Lease next = await().atMost(SOON)
                .until(() -> table.take(1, LEASE), leases -> !leases.isEmpty())
                .get(0);
        assertThat(next.deviceId()).isEqualTo(slow.deviceId());
        table.retry(slow, Duration.ZERO);
        table.settle(slow);
        assertThat(table.take(1, LEASE)).as("it is with the other").isEmpty();
        table.told(slow, 1);
        assertThat(number("SELECT told_sequence FROM pushes")).isEqualTo(1);
        assertThat(number("SELECT count(*) FROM pushes WHERE due_at > now()")).isEqualTo(1);
        table.told(next, 1);
        assertThat(number("SELECT count(*) FROM pushes WHERE due_at IS NULL")).isEqualTo(1);
    }

    @Test
    void forgetsATokenThatIsGoneButNotOneThatTookItsPlace() throws Exception {
        carrier.answer = push -> new PushOutcome.TokenGone();
        say("one");
        note();
        dispatch();
        assertThat(devices.byId(talk.bobDevice()).orElseThrow().pushToken()).isEmpty();
        assertThat(number("SELECT count(*) FROM pushes")).isZero();
        giveToken(talk.bobDevice(), "test:2");
        carrier.answer = push -> {
            giveToken(talk.bobDevice(), "test:3");
            return new PushOutcome.TokenGone();
        };
        note();
        dispatch();
        assertThat(devices.byId(talk.bobDevice()).orElseThrow().pushToken()).contains("test:3");
    }

    @Test
    void triesAgainLaterAndGivesUpInTheEnd() throws Exception {
        carrier.answer = push -> UNAVAILABLE;
        say("one");
        note();
        dispatch();
        dispatch();
        assertThat(carrier.sent).as("not at once").hasSize(1);
        note();
        dispatch();
        assertThat(carrier.sent).as("nor because something new has come").hasSize(1);
        for (int i = 1; i < Backoff.MOST_ATTEMPTS; i++) {
            makeAllDue();
            dispatch();
        }
        assertThat(carrier.sent).hasSize(Backoff.MOST_ATTEMPTS);
        makeAllDue();
        dispatch();
        assertThat(carrier.sent).as("given up").hasSize(Backoff.MOST_ATTEMPTS);
        assertThat(table.sweep(Optional.empty(), Duration.ZERO, DAY))
                .as("for good")
                .isZero();
        carrier.answer = push -> ACCEPTED;
        say("two");
        note();
        dispatch();
        assertThat(carrier.sent).as("but not what comes next").hasSize(Backoff.MOST_ATTEMPTS + 1);
    }

    @Test
    void whatIsTooLargeGoesOnceMoreWithoutThePreview() throws Exception {
        carrier.answer = push -> push.hasPreview() ? new PushOutcome.TooLarge() : ACCEPTED;
        say("one");
        note();
        dispatcher(PushContent.PREVIEW).run();
        assertThat(carrier.sent).hasSize(2);
        assertThat(carrier.last().hasPreview()).isFalse();
        carrier.answer = push -> new PushOutcome.TooLarge();
        say("two");
        note();
        dispatch();
        makeAllDue();
        dispatch();
        assertThat(carrier.sent).as("given up").hasSize(3);
    }

    @Test
    void aTokenThatNobodyServesIsKeptAndDoesNothing() throws Exception {
        giveToken(talk.bobDevice(), "unknown");
        say("one");
        note();
        dispatch();
        makeAllDue();
        dispatch();
        assertThat(carrier.sent).isEmpty();
        assertThat(meters.counter("duet.pushes", "outcome", "refused").count()).isEqualTo(1);
        assertThat(devices.byId(talk.bobDevice()).orElseThrow().pushToken()).contains("unknown");
    }

    @Test
    void aSweepFindsWhatNobodyNoted() throws Exception {
        say("one");
        assertThat(table.sweep(Optional.empty(), Duration.ofMinutes(1), DAY))
                .as("too young")
                .isZero();
        assertThat(table.sweep(Optional.of(Set.of(UUID.randomUUID())), Duration.ZERO, DAY))
                .isZero();
        assertThat(table.sweep(Optional.of(Set.of(talk.bobDevice())), Duration.ZERO, DAY))
                .isEqualTo(1);
        dispatch();
        assertThat(carrier.sent).hasSize(1);
        assertThat(table.sweep(Optional.empty(), Duration.ZERO, DAY)).as("told").isZero();
        CONVERSATIONS
                .read(talk.bob(), talk.conversationId(), 1)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        assertThat(table.sweep(Optional.empty(), Duration.ZERO, DAY)).as("read").isEqualTo(1);
        dispatch();
        assertThat(carrier.last().arrival()).isEmpty();
        say("two");
        DB.execute("UPDATE conversations SET updated_at = now() - interval '2 days'");
        assertThat(table.sweep(Optional.empty(), Duration.ZERO, DAY))
                .as("too old")
                .isZero();
    }

    @Test
    void aRoundNotesAfterTheDelayWhatIsStillPending() throws Exception {
        var holders = new Holders(devices);
        var config = new DuetConfig.Push(
                true,
                Duration.ofMillis(1500),
                PushContent.NONE,
                DAY,
                Optional.empty(),
                4,
                Set.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        Set<String> nodes = new HashSet<>(Set.of("this", "other"));
        var rounds = new Rounds(config, holders, table, dispatcher(PushContent.NONE), () -> Set.copyOf(nodes));
        rounds.run();
        assertThat(holders.isOfAnother(talk.bobDevice(), talk.alice())).isTrue();
        assertThat(holders.isOfAnother(talk.bobDevice(), talk.bob())).isFalse();
        say("one");
        rounds.stored(talk.bobDevice(), talk.conversationId(), System.nanoTime());
        rounds.run();
        assertThat(carrier.sent).as("not yet").isEmpty();
        runUntilSent(rounds, 1);
        say("what the other node stored");
        nodes.remove("other");
        rounds.run();
        runUntilSent(rounds, 2);
        read(2);
        rounds.read(new ReadOn(talk.bob(), talk.conversationId()));
        runUntilSent(rounds, 3);
        rounds.run();
        assertThat(carrier.sent).hasSize(3);
    }

    private void runUntilSent(Rounds rounds, int pushes) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(50)).until(() -> {
            rounds.run();
            return carrier.sent.size() >= pushes;
        });
    }

    @Test
    void allNodesHaveOneKey() throws Exception {
        var nodes = Executors.newFixedThreadPool(4);
        try {
            Set<String> keys = new HashSet<>();
            List<Future<String>> asked = new ArrayList<>();
            for (int node = 0; node < 4; node++) {
                asked.add(nodes.submit(() -> new VapidKeys(DB.database()).publicKey()));
            }
            for (Future<String> key : asked) {
                keys.add(key.get(20, TimeUnit.SECONDS));
            }
            assertThat(keys).hasSize(1).allMatch(key -> key.matches("[A-Za-z0-9_-]{87}"));
        } finally {
            nodes.shutdownNow();
        }
    }
}
