package io.duet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.duet.config.DuetConfig;
import io.duet.config.DuetConfig.Discovery;
import io.duet.platform.FreePorts;
import io.duet.platform.TestDatabase;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.cache.Configuration;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.remoting.transport.Transport;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;
import org.jgroups.protocols.DISCARD;
import org.jgroups.protocols.TP;
import org.jgroups.stack.IpAddress;
import org.jgroups.stack.ProtocolStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes with nothing in common but the database. */
class DiscoveryClusterTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static final int NODES = 3;
    private static final Duration SOON = Duration.ofSeconds(30);

    private final ExecutorService starters = Executors.newFixedThreadPool(NODES);
    private final List<EmbeddedCacheManager> managers = new ArrayList<>();
    private Duration failureTimeout = Duration.ofSeconds(2);

    @AfterEach
    void stop() {
        managers.forEach(EmbeddedCacheManager::stop);
        starters.shutdownNow();
    }

    @AfterAll
    static void close() {
        DB.close();
    }

    private EmbeddedCacheManager start() {
        return start(Discovery.DATABASE, List.of(), Optional.empty(), Optional.empty());
    }

    private EmbeddedCacheManager start(
            Discovery discovery, List<String> hosts, Optional<Integer> port, Optional<String> secret) {
        var config = new DuetConfig.Cluster(
                "c",
                "node-" + UUID.randomUUID(),
                discovery,
                Optional.empty(),
                hosts,
                Optional.empty(),
                port,
                secret,
                failureTimeout);
        return new CacheManagers(config, DB.dataSource()).start();
    }

    private void startTogether() throws Exception {
        List<Callable<EmbeddedCacheManager>> starts = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            starts.add(this::start);
        }
        for (var started : starters.invokeAll(starts)) {
            managers.add(started.get());
        }
    }

    private void awaitOneView(List<EmbeddedCacheManager> nodes) {
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> nodes.stream()
                        .allMatch(node ->
                                node.getMembers() != null && node.getMembers().size() == nodes.size()));
    }

    @Test
    void threeThatStartAtOnceAreOneClusterTenTimesOutOfTen() throws Exception {
        failureTimeout = Duration.ofSeconds(20); // on a loaded machine nobody is to be taken for dead
        for (int round = 0; round < 10; round++) {
            leaveBehind("dead-" + round + "-a", 1, true);
            leaveBehind("dead-" + round + "-b", 2, false);
            long start = System.nanoTime();
            startTogether();
            awaitOneView(managers);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            assertThat(managers)
                    .as("each entered the view of the one before, and none was merged: round %d", round)
                    .allMatch(node -> viewNumber(node) == NODES - 1);
            managers.forEach(EmbeddedCacheManager::stop);
            managers.clear();
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(rows()).isZero());
    }

    @Test
    void rowsOfTheDeadDisappearAndTheNextStartIsQuick() throws Exception {
        startTogether();
        awaitOneView(managers);
        managers.remove(NODES - 1).stop();
        awaitOneView(managers);
        for (int i = 0; i < 20; i++) {
            leaveBehind("dead-" + i, 10 + i, i % 2 == 0);
        }
        long start = System.nanoTime();
        managers.add(start());
        awaitOneView(managers);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        await().atMost(SOON).untilAsserted(() -> assertThat(rows()).isEqualTo(NODES));
    }

    @Test
    void aSplitMergesAlthoughEachSideHasTakenTheOtherOneOut() throws Exception {
        startTogether();
        awaitOneView(managers);
        EmbeddedCacheManager apart = managers.get(0);
        freeze(apart);
        awaitOneView(List.of(apart));
        awaitOneView(managers.subList(1, NODES));
        stackOf(apart).removeProtocol(DISCARD.class);
        awaitOneView(managers);
        await().atMost(SOON).untilAsserted(() -> assertThat(rows()).isEqualTo(NODES));
    }

    @Test
    void nodesFindEachOtherByAListOfHosts() {
        List<Integer> ports = FreePorts.some(3);
        var hosts = List.of("127.0.0.1:" + ports.get(0));
        managers.add(start(Discovery.HOSTS, hosts, Optional.of(ports.get(0)), Optional.empty()));
        managers.add(start(Discovery.HOSTS, hosts, Optional.of(ports.get(1)), Optional.empty()));
        awaitOneView(managers);
        assertThatThrownBy(
                        () -> start(Discovery.HOSTS, hosts, Optional.of(ports.get(2)), Optional.of("not their secret")))
                .hasMessageContaining("duet.cluster.secret");
    }

    @Test
    void nodesThatKnowTheSecretSpeakByTlsAndAnotherOneIsRefusedByName() throws Exception {
        String right = "the secret of this cluster";
        managers.add(start(Discovery.DATABASE, List.of(), Optional.empty(), Optional.of(right)));
        managers.add(start(Discovery.DATABASE, List.of(), Optional.empty(), Optional.of(right)));
        awaitOneView(managers);
        for (Optional<String> wrong : List.of(Optional.<String>empty(), Optional.of("the secret of another one"))) {
            assertThatThrownBy(() -> start(Discovery.DATABASE, List.of(), Optional.empty(), wrong))
                    .hasMessageContaining("duet.cluster.secret")
                    .hasMessageNotContaining("the secret of");
        }
        managers.get(0).createCache("c", replicated());
        managers.get(1).createCache("c", replicated());
        managers.get(0).getCache("c").put("k", "v");
        assertThat(managers.get(1).getCache("c").get("k")).isEqualTo("v");
    }

    @Test
    void whoDoesNotKnowTheSecretCannotEnterWhateverElseHeKnows() throws Exception {
        managers.add(start(Discovery.DATABASE, List.of(), Optional.empty(), Optional.of("the secret of this cluster")));
        EmbeddedCacheManager member = managers.get(0);
        member.createCache("c", replicated());
        for (Optional<SecretTls> key :
                List.of(Optional.<SecretTls>empty(), Optional.of(new SecretTls("the secret of another one")))) {
            EmbeddedCacheManager stranger = intruder(key);
            try {
                assertThat(stranger.getMembers()).hasSize(1);
                assertThat(member.getMembers()).hasSize(1);
                member.getCache("c").put("k", "still served");
                assertThat(member.getCache("c").get("k")).isEqualTo("still served");
            } finally {
                stranger.stop();
            }
        }
    }

    /** Stands still: the system accepts its connections, and nobody answers the TLS handshake. */
    @Test
    void aNodeThatDoesNotAnswerHoldsUpNothingThatGoesToOthers() throws Exception {
        Optional<String> secret = Optional.of("the secret of this cluster");
        managers.add(start(Discovery.DATABASE, List.of(), Optional.empty(), secret));
        managers.add(start(Discovery.DATABASE, List.of(), Optional.empty(), secret));
        awaitOneView(managers);
        managers.forEach(node -> node.createCache("c", replicated()));
        var transport = (ConnectingTcp) stackOf(managers.get(0)).getTransport();
        byte[] message = new byte[100];
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var address = new IpAddress(silent.getInetAddress(), silent.getLocalPort());
            assertTimeoutPreemptively(SOON, () -> {
                for (int i = 0; i < 1_000; i++) {
                    transport.send(address, message, 0, message.length);
                }
                managers.get(0).getCache("c").put("k", "v");
            });
            assertThat(managers.get(1).getCache("c").get("k")).isEqualTo("v");
            await("it does not wait without an end")
                    .atMost(SOON)
                    .until(() -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().startsWith("connect-" + address)));
        }
    }

    /** One who can read the database and reach the nodes, and does not ask whether he may. */
    private static EmbeddedCacheManager intruder(Optional<SecretTls> key) throws Exception {
        var config = new DuetConfig.Cluster(
                "c",
                "intruder",
                Discovery.DATABASE,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(2));
        var stack = Stack.amongOthers(config, "127.0.0.1", 0);
        stack.get(stack.size() - 4).getProperties().put("max_join_attempts", "2");
        String cluster = "c-" + new Rendezvous(DB.dataSource()).identity().id();
        return new CacheManagers(config, DB.dataSource()).start(cluster, stack, key);
    }

    private static Configuration replicated() {
        return new ConfigurationBuilder()
                .clustering()
                .cacheMode(CacheMode.REPL_SYNC)
                .build();
    }

    private static long viewNumber(EmbeddedCacheManager manager) {
        return GlobalComponentRegistry.componentOf(manager, Transport.class).getViewId();
    }

    private static void freeze(EmbeddedCacheManager manager) throws Exception {
        stackOf(manager).insertProtocol(new DISCARD().discardAll(true), ProtocolStack.Position.ABOVE, TP.class);
    }

    private static ProtocolStack stackOf(EmbeddedCacheManager manager) {
        var transport = GlobalComponentRegistry.componentOf(manager, Transport.class);
        return ((JGroupsTransport) transport).getChannel().getProtocolStack();
    }

    /** As a node that was killed. Nobody listens on so low a port. */
    private static void leaveBehind(String name, int port, boolean coordinator) throws SQLException {
        try (var connection = DB.dataSource().getConnection();
                var insert = connection.prepareStatement("INSERT INTO jgroups (address, name, cluster, ip, coord)"
                        + " SELECT ?, ?, 'c-' || cluster_id, ?, ? FROM cluster_identity")) {
            insert.setString(1, "uuid://" + UUID.randomUUID());
            insert.setString(2, name);
            insert.setString(3, "127.0.0.1:" + port);
            insert.setBoolean(4, coordinator);
            insert.executeUpdate();
        }
    }

    private static long rows() throws SQLException {
        try (var connection = DB.dataSource().getConnection();
                var row = connection.createStatement().executeQuery("SELECT count(*) FROM jgroups")) {
            row.next();
            return row.getLong(1);
        }
    }
}
