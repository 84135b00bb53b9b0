package io.duet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.config.DuetConfig;
import io.duet.inbox.Holder;
import io.duet.inbox.Inboxes;
import io.duet.message.MessageLog;
import io.duet.platform.TestDatabase;
import io.duet.presence.Presence;
import io.duet.routing.Routing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.infinispan.manager.EmbeddedCacheManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClusterTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static MessageLog log;

    private final ExecutorService work = Executors.newFixedThreadPool(4);
    private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);

    private record Node(Cluster cluster, Inboxes inboxes, Presence presence, Routing routing) {}

    @BeforeAll
    static void open() {
        log = new MessageLog(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
    }

    @AfterAll
    static void close() {
        log.close();
        DB.close();
    }

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
        work.shutdownNow();
    }

    private Node node(EmbeddedCacheManager manager) {
        return node(manager, new SimpleMeterRegistry());
    }

    private Node node(EmbeddedCacheManager manager, MeterRegistry meters) {
        var config = DuetConfig.defaults();
        var inboxes = new Inboxes(manager, log, work);
        var presence = new Presence(manager, DB.database(), config, Clock.systemUTC(), scheduler, work);
        var routing = new Routing(manager, work, new SimpleMeterRegistry());
        return new Node(new Cluster(manager, inboxes, presence, routing, work, meters), inboxes, presence, routing);
    }

    @Test
    void aClusterOfOneIsUsableUntilItStopsAndThenSaysSoAtOnce() {
        Cluster cluster = node(TestCluster.single()).cluster;
        assertThat(cluster.usable(Duration.ofSeconds(5))).isTrue();
        assertThat(cluster.nodes()).containsExactly(cluster.self());
        cluster.stop();
        assertThat(cluster.usable(Duration.ofSeconds(5))).isFalse();
        cluster.stop();
    }

    /** What it keeps in its own memory would still answer. */
    @Test
    void aNodeThatHasLostItsChannelIsNotUsable() {
        EmbeddedCacheManager manager = TestCluster.single();
        Cluster cluster = node(manager).cluster;
        try {
            assertThat(cluster.usable(Duration.ofSeconds(5))).isTrue();
            TestCluster.channelOf(manager).disconnect();
            assertThat(cluster.usable(Duration.ofSeconds(5))).isFalse();
        } finally {
            cluster.stop();
        }
    }

    @Test
    void twoSingleServersInOneProcessDoNotMeet() {
        EmbeddedCacheManager one = TestCluster.single();
        EmbeddedCacheManager two = TestCluster.single();
        try {
            assertThat(one.getMembers()).hasSize(1);
            assertThat(two.getMembers()).hasSize(1);
        } finally {
            one.stop();
            two.stop();
        }
    }

    @Test
    void whenANodeDiesTheOthersPutItsEntriesRightByThemselves() throws Exception {
        try (var nodes = new TestCluster(2)) {
            Node survivor = node(nodes.start());
            Node dead = node(nodes.start());
            nodes.awaitView(0, 1);
            UUID user = UUID.randomUUID();
            UUID device = UUID.randomUUID();
            UUID connection = UUID.randomUUID();
            dead.routing.subscribe(user);
            dead.presence.connected(user, device, dead.cluster.self(), connection);
            dead.inboxes.claim(device, new Holder(dead.cluster.self(), connection, 1));
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> survivor.presence.of(Set.of(user)).get(user).online());
            int epoch = survivor.cluster.epoch();

            nodes.freeze(1);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> !survivor.presence.of(Set.of(user)).get(user).online());
            assertThat(survivor.cluster.epoch()).isGreaterThan(epoch);
            assertThat(survivor.cluster.nodes()).containsExactly(survivor.cluster.self());
            assertThat(survivor.cluster.usable(Duration.ofSeconds(5))).isTrue();
        }
    }

    @Test
    void whatNodesSayToEachOtherIsCounted() {
        try (var nodes = new TestCluster(2)) {
            var meters = new SimpleMeterRegistry();
            Node one = node(nodes.start(), meters);
            node(nodes.start());
            nodes.awaitView(0, 1);
            assertThat(one.cluster.usable(Duration.ofSeconds(5))).isTrue();
            assertThat(meters.get("duet.cluster.messages.sent")
                            .functionCounter()
                            .count())
                    .isPositive();
            assertThat(meters.get("duet.cluster.sent").functionCounter().count())
                    .isGreaterThan(100);
            assertThat(meters.get("duet.cluster.nodes").gauge().value()).isEqualTo(2);
        }
    }
}
