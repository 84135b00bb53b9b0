package io.duet.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.cluster.TestCluster;
import io.duet.config.DuetConfig;
import io.duet.message.Talk;
import io.duet.platform.ClusterView;
import io.duet.platform.TestDatabase;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.infinispan.manager.EmbeddedCacheManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PresenceClusterTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static final Duration GRACE = Duration.ofMillis(600);

    private final ExecutorService work = Executors.newFixedThreadPool(4);
    private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);
    private final List<PresenceChange> changes = new CopyOnWriteArrayList<>();
    private final UUID user = Talk.person(DB);
    private TestCluster cluster;
    private Node first;
    private Node second;

    private record Node(EmbeddedCacheManager manager, Presence presence, String name) {
        void connect(UUID user, UUID connection) {
            get(presence.connected(user, connection, name, connection));
        }

        void disconnect(UUID user, UUID connection) {
            get(presence.disconnected(user, connection, name, connection));
        }

        boolean online(UUID user) {
            return presence.of(Set.of(user)).get(user).online();
        }
    }

    @BeforeEach
    void start() {
        cluster = new TestCluster(2);
        first = node();
        second = node();
        cluster.awaitView(0, 1);
    }

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
        cluster.close();
        work.shutdownNow();
    }

    @AfterAll
    static void close() {
        DB.close();
    }

    private Node node() {
        EmbeddedCacheManager manager = cluster.start();
        var presence = new Presence(
                manager, DB.database(), new DuetConfig.PresenceTimes(GRACE), Clock.systemUTC(), scheduler, work);
        presence.onChange(changes::add);
        return new Node(manager, presence, new ClusterView(manager).self());
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(10));
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** Such as a merge leaves that came after the grace had ended on its side. */
    @Test
    void aGraceThatNobodyEndsIsFoundByTheNodeThatShould() {
        first.manager()
                .<UUID, Attendance>getCache(Attendances.CACHE)
                .put(user, new Attendance(List.of(), UUID.randomUUID(), UUID.randomUUID(), second.name()));
        assertThat(first.online(user)).isTrue();
        first.presence().check();
        second.presence().check();
        soon().until(() -> !first.online(user) && !second.online(user));
        soon().until(() -> !changes.isEmpty());
        assertThat(changes.stream().map(PresenceChange::online)).containsExactly(false);
    }

    @Test
    void onlineFromTheFirstConnectionUntilTheGraceAfterTheLastOneAndToldOnce() throws Exception {
        UUID phone = UUID.randomUUID();
        UUID web = UUID.randomUUID();
        first.connect(user, phone);
        second.connect(user, web);
        assertThat(first.online(user) && second.online(user)).isTrue();
        first.disconnect(user, phone);
        HeldScheduler graces = HeldScheduler.hold(scheduler);
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        second.disconnect(user, web);
        Instant after = Instant.now();
        assertThat(first.online(user) && second.online(user)).as("in the grace").isTrue();
        graces.release();

        soon().until(() -> changes.size() == 2);
        assertThat(changes.get(0)).isEqualTo(new PresenceChange(user, true, null));
        assertThat(changes.get(1).online()).isFalse();
        assertThat(changes.get(1).lastSeenAt()).isBetween(before, after);
        for (Node node : List.of(first, second)) {
            soon().until(() -> !node.online(user));
            soon().untilAsserted(() -> assertThat(
                            node.presence.of(Set.of(user)).get(user).lastSeenAt())
                    .isBetween(before, after));
        }
    }

    @Test
    void whoComesBackWithinTheGraceWasNeverAwayAndTheNextGraceCountsAnew() throws Exception {
        UUID connection = UUID.randomUUID();
        first.connect(user, connection);
        HeldScheduler graces = HeldScheduler.hold(scheduler);
        first.disconnect(user, connection);
        UUID again = UUID.randomUUID();
        second.connect(user, again);
        graces.release();
        await().during(GRACE.plusMillis(400))
                .atMost(Duration.ofSeconds(10))
                .until(() -> changes.size() == 1 && first.online(user));
        second.disconnect(user, again);
        soon().until(() -> changes.size() == 2);
        assertThat(changes).extracting(PresenceChange::online).containsExactly(true, false);
    }

    @Test
    void theUsersOfADeadNodeGoOfflineUnlessTheyAreAlsoElsewhere() {
        UUID elsewhere = Talk.person(DB);
        second.connect(user, UUID.randomUUID());
        second.connect(elsewhere, UUID.randomUUID());
        first.connect(elsewhere, UUID.randomUUID());
        soon().until(() -> changes.size() == 2);
        cluster.freeze(1);
        soon().until(() -> first.manager.getMembers().size() == 1);
        changes.clear();
        first.presence.viewChanged();

        soon().until(() -> !first.online(user));
        assertThat(first.online(elsewhere)).isTrue();
        soon().until(() -> !changes.isEmpty());
        assertThat(changes).extracting(PresenceChange::userId).containsExactly(user);
        assertThat(changes).extracting(PresenceChange::online).containsExactly(false);
    }

    @Test
    void aGraceWhoseNodeDiesIsEndedByAnotherOne() {
        UUID connection = UUID.randomUUID();
        second.connect(user, connection);
        var entry =
                new AttendanceChanges.Depart(new Connection(second.name, connection, connection), UUID.randomUUID());
        assertThat(get(new AttendancesProbe(second.manager).depart(user, entry)))
                .isTrue();
        cluster.freeze(1);
        soon().until(() -> first.manager.getMembers().size() == 1);
        first.presence.viewChanged();
        soon().until(() -> !first.online(user));
        soon().until(() -> changes.size() == 2);
    }

    /** Begins a grace and lets nobody end it, as a node does that dies in between. */
    private record AttendancesProbe(EmbeddedCacheManager manager) {
        CompletionStage<Boolean> depart(UUID user, AttendanceChanges.Depart depart) {
            var cache = manager.<UUID, Attendance>getCache(Attendances.CACHE).getAdvancedCache();
            return org.infinispan.functional.impl.ReadWriteMapImpl.<UUID, Attendance>create(
                            org.infinispan.functional.impl.FunctionalMapImpl.create(cache))
                    .eval(user, depart);
        }
    }

    @Test
    void afterASplitHasHealedEverybodyWhoIsConnectedIsOnlineOnBothSides() {
        UUID other = Talk.person(DB);
        first.connect(user, UUID.randomUUID());
        second.connect(other, UUID.randomUUID());
        cluster.freeze(1);
        soon().until(() -> first.manager.getMembers().size() == 1
                && second.manager.getMembers().size() == 1);
        first.presence.viewChanged();
        second.presence.viewChanged();
        soon().until(() -> !first.online(other) && !second.online(user));
        cluster.thaw(1);
        cluster.awaitView(0, 1);
        for (Node node : List.of(first, second)) {
            soon().until(() -> {
                first.presence.viewChanged();
                second.presence.viewChanged();
                return node.online(user) && node.online(other);
            });
        }
    }

    @Test
    void inAFlurryOfUnorderedCallsTheUserEndsOffline() throws Exception {
        var threads = new java.util.ArrayList<Thread>();
        for (Node node : List.of(first, second)) {
            var thread = new Thread(() -> {
                for (int i = 0; i < 200; i++) {
                    UUID connection = UUID.randomUUID();
                    node.presence.connected(user, connection, node.name, connection);
                    node.presence.disconnected(user, connection, node.name, connection);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join(20_000);
        }
        soon().until(() -> !first.online(user) && !second.online(user));
        soon().until(() -> !changes.isEmpty() && changes.size() % 2 == 0);
        assertThat(changes).extracting(PresenceChange::online).startsWith(true).endsWith(false);
    }

    @Test
    void strangersAndTheNeverSeenAreOfflineWithoutATime() {
        UUID unknown = UUID.randomUUID();
        assertThat(first.presence.of(List.of(user, unknown)))
                .isEqualTo(Map.of(user, new PresenceState(false, null), unknown, new PresenceState(false, null)));
    }

    @Test
    void disconnectingTheUnknownChangesNothing() {
        first.connect(user, UUID.randomUUID());
        first.disconnect(user, UUID.randomUUID());
        second.disconnect(Talk.person(DB), UUID.randomUUID());
        await().during(GRACE.plusMillis(300))
                .atMost(Duration.ofSeconds(10))
                .until(() -> changes.size() == 1 && first.online(user));
    }

    @Test
    void aCrashLeavesTheTimeOfTheConnect() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        first.connect(user, UUID.randomUUID());
        soon().untilAsserted(() -> assertThat(
                        new LastSeen(DB.database(), work).of(Set.of(user)).get(user))
                .isBetween(before, Instant.now()));
    }
}
