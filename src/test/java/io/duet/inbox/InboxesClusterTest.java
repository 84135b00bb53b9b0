package io.duet.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.cluster.TestCluster;
import io.duet.platform.ClusterView;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.infinispan.manager.EmbeddedCacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InboxesClusterTest {
    private static final int DEVICES = 64;

    private final ExecutorService work = Executors.newFixedThreadPool(2);
    private final Messages truth = new Messages();
    private TestCluster cluster;
    private Node first;
    private Node second;

    private record Node(EmbeddedCacheManager manager, Inboxes inboxes, String name) {
        Holder holder() {
            return holder(1);
        }

        Holder holder(long admission) {
            return new Holder(name, UUID.randomUUID(), admission);
        }
    }

    @BeforeEach
    void start() {
        cluster = new TestCluster(3);
        first = node();
        second = node();
        cluster.awaitView(0, 1);
    }

    @AfterEach
    void stop() {
        cluster.close();
        work.shutdownNow();
    }

    private Node node() {
        EmbeddedCacheManager manager = cluster.start();
        return new Node(manager, new Inboxes(manager, truth, work), new ClusterView(manager).self());
    }

    /** Locks that one command holds here while it waits for those there would meet another one the other way round. */
    @Test
    void changesOfTheSameDevicesFromTwoNodesDoNotWaitForEachOther() throws Exception {
        Map<UUID, Holder> newest = new HashMap<>();
        for (int i = 0; i < DEVICES; i++) {
            UUID device = UUID.randomUUID();
            Holder older = first.holder(1);
            Holder newer = second.holder(2);
            get(first.inboxes.claim(device, older));
            get(second.inboxes.claim(device, newer));
            newest.put(device, newer);
        }
        for (int round = 1; round <= 50; round++) {
            var one = first.inboxes.viewChanged();
            var other = second.inboxes.viewChanged();
            get(one);
            get(other);
        }
        assertThat(get(first.inboxes.holders(newest.keySet()))).isEqualTo(newest);
    }

    @Test
    void whereEachDeviceIsConnectedIsKnownWhicheverNodeAsks() throws Exception {
        Node third = node();
        cluster.awaitView(0, 1, 2);
        Map<UUID, Holder> holders = claimOnBothNodes();
        Set<UUID> asked = new HashSet<>(holders.keySet());
        asked.add(UUID.randomUUID());

        for (Node node : List.of(first, second, third)) {
            assertThat(get(node.inboxes.holders(asked))).isEqualTo(holders);
        }
    }

    /** Who looks after the return of a claim finds the claimant, wherever: else a message would neither be read nor told. */
    @Test
    void aHolderIsKnownEverywhereAsSoonAsItsClaimIsAnswered() throws Exception {
        Node third = node();
        cluster.awaitView(0, 1, 2);
        UUID device = UUID.randomUUID();
        for (int admission = 1; admission <= 200; admission++) {
            Node node = List.of(first, second, third).get(admission % 3);
            Holder holder = node.holder(admission);
            get(node.inboxes.claim(device, holder));
            for (Node other : List.of(first, second, third)) {
                assertThat(get(other.inboxes.holders(Set.of(device)))).containsExactly(Map.entry(device, holder));
            }
        }
    }

    @Test
    void aClaimOnAnotherNodeDisplacesAndOnlyTheHolderReleases() throws Exception {
        for (int i = 0; i < DEVICES; i++) {
            UUID device = UUID.randomUUID();
            Holder old = first.holder();
            Holder young = second.holder(2);
            assertThat(get(first.inboxes.claim(device, old))).isEmpty();
            assertThat(get(second.inboxes.claim(device, young))).contains(old);
            assertThat(get(second.inboxes.claim(device, young))).contains(old);
            assertThat(get(first.inboxes.claim(device, old)))
                    .as("a claim that came too late")
                    .contains(old);
            get(first.inboxes.release(device, old));
            assertThat(holderOf(device)).contains(young);
            get(second.inboxes.release(device, young));
            assertThat(holderOf(device)).isEmpty();
        }
    }

    @Test
    void theSecondOwnerKnowsWhoHoldsWhatAndAGoneNodeHoldsNothing() throws Exception {
        Map<UUID, Holder> holders = claimOnBothNodes();
        cluster.freeze(1);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> first.manager.getMembers().size() == 1);

        for (var entry : holders.entrySet()) {
            boolean survives = entry.getValue().node().equals(first.name);
            assertThat(holderOf(entry.getKey())).isEqualTo(survives ? Optional.of(entry.getValue()) : Optional.empty());
        }
    }

    @Test
    void whatAGoneNodeHeldIsRemovedAndWhatWasLostIsTakenBack() throws Exception {
        UUID abandoned = UUID.randomUUID();
        UUID lost = UUID.randomUUID();
        Holder keeper = first.holder();
        get(second.inboxes.claim(abandoned, second.holder()));
        get(first.inboxes.claim(lost, keeper));
        cluster.freeze(1);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> first.manager.getMembers().size() == 1);
        await("who owns what has been settled too")
                .atMost(Duration.ofSeconds(20))
                .until(() -> first.manager
                                .getCache(HoldingCache.NAME)
                                .getAdvancedCache()
                                .getDistributionManager()
                                .getCacheTopology()
                                .getMembers()
                                .size()
                        == 1);
        first.manager.getCache(HoldingCache.NAME).remove(lost);
        List<Optional<Holder>> whenSettled = new CopyOnWriteArrayList<>();
        first.inboxes.onViewSettled(() -> whenSettled.add(Optional.ofNullable(
                        (Holding) first.manager.getCache(HoldingCache.NAME).get(lost))
                .map(Holding::holder)));

        get(first.inboxes.viewChanged());

        assertThat(whenSettled).as("told once, when it is put right").containsExactly(Optional.of(keeper));
        assertThat(first.manager.getCache(HoldingCache.NAME).get(abandoned)).isNull();
        assertThat(holderOf(lost)).contains(keeper);
    }

    @Test
    void afterASplitTheNewestConnectionOfADeviceStaysAndTheOtherOneIsTold() throws Exception {
        cluster.freeze(1);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> first.manager.getMembers().size() == 1
                        && second.manager.getMembers().size() == 1);
        var newest = new HashMap<UUID, Holder>();
        Set<Holder> olders = new HashSet<>();
        for (int i = 0; i < DEVICES; i++) {
            UUID device = UUID.randomUUID();
            Holder here = first.holder(i % 2);
            Holder there = second.holder(1 - i % 2);
            assertThat(get(first.inboxes.claim(device, here))).isEmpty();
            assertThat(get(second.inboxes.claim(device, there))).isEmpty();
            newest.put(device, i % 2 == 1 ? here : there);
            olders.add(i % 2 == 1 ? there : here);
        }
        Set<Holder> told = ConcurrentHashMap.newKeySet();
        first.inboxes.onDisplaced(told::add);
        second.inboxes.onDisplaced(told::add);

        cluster.thaw(1);
        cluster.awaitView(0, 1);
        // The caches merge after the views, and until then what is changed in them may fail
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
            get(first.inboxes.viewChanged());
            get(second.inboxes.viewChanged());
            for (var entry : newest.entrySet()) {
                assertThat(holderOf(entry.getKey())).contains(entry.getValue());
            }
            assertThat(told).isEqualTo(olders);
        });
    }

    @Test
    void aJoiningNodeLearnsWhoHoldsWhat() throws Exception {
        Map<UUID, Holder> holders = claimOnBothNodes();
        Node third = node();
        cluster.awaitView(0, 1, 2);
        assertThat(get(third.inboxes.holders(holders.keySet()))).isEqualTo(holders);
    }

    private Map<UUID, Holder> claimOnBothNodes() throws Exception {
        var holders = new HashMap<UUID, Holder>();
        for (int i = 0; i < DEVICES; i++) {
            UUID device = UUID.randomUUID();
            Node node = i % 2 == 0 ? first : second;
            Holder holder = node.holder();
            assertThat(get(node.inboxes.claim(device, holder))).isEmpty();
            holders.put(device, holder);
        }
        return holders;
    }

    private Optional<Holder> holderOf(UUID device) throws Exception {
        return Optional.ofNullable(get(first.inboxes.holders(Set.of(device))).get(device));
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
