package io.duet.inbox;

import static io.duet.inbox.Messages.message;
import static io.duet.inbox.Messages.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.cluster.TestCluster;
import io.duet.config.DuetConfig;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
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
    private static final DuetConfig.Inbox LIMITS = new DuetConfig.Inbox(256, 262_144);
    private static final int DEVICES = 64;

    private final ExecutorService work = Executors.newFixedThreadPool(2);
    private final Messages truth = new Messages();
    private final UUID conversation = UUID.randomUUID();
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
        return new Node(manager, new Inboxes(manager, truth, LIMITS, work), new ClusterView(manager).self());
    }

    /** Locks that one command holds here while it waits for those there would meet another one the other way round. */
    @Test
    void changesOfTheSameDevicesFromTwoNodesDoNotWaitForEachOther() throws Exception {
        Set<UUID> devices = claimOnBothNodes().keySet();
        for (int round = 1; round <= 100; round++) {
            var batch = new HashMap<UUID, List<StoredMessage>>();
            for (UUID device : devices) {
                batch.put(device, messages(conversation, round, 1));
            }
            var one = first.inboxes.append(batch).toCompletableFuture();
            var other = second.inboxes.append(batch).toCompletableFuture();
            assertThat(get(one)).hasSize(devices.size());
            assertThat(get(other)).hasSize(devices.size());
        }
    }

    @Test
    void anAppendAnswersWhereEachDeviceIsConnectedWhicheverNodeAsks() throws Exception {
        Map<UUID, Holder> holders = claimOnBothNodes();
        UUID absent = UUID.randomUUID();
        var batch = new HashMap<UUID, List<StoredMessage>>();
        holders.keySet().forEach(device -> batch.put(device, messages(conversation, 1, 3)));
        batch.put(absent, messages(conversation, 1, 3));

        assertThat(get(first.inboxes.append(batch))).isEqualTo(holders);
        assertThat(get(second.inboxes.append(batch))).isEqualTo(holders);
    }

    @Test
    void whatOneNodeAppendedAnotherOneReadsFromTheWindowByteForByte() throws Exception {
        Map<UUID, Holder> holders = claimOnBothNodes();
        for (UUID device : holders.keySet()) {
            assertThat(get(first.inboxes.pending(device, Position.START, 100))).isEmpty();
        }
        int reads = truth.reads.get();
        var odd = message(conversation, 4, "\uD83D\uDE00 e\u0301\r\n \u202Eabc ");
        for (UUID device : holders.keySet()) {
            get(second.inboxes.append(Map.of(device, List.of(message(conversation, 3), odd))));
        }

        for (UUID device : holders.keySet()) {
            assertThat(get(first.inboxes.pending(device, Position.START, 100)))
                    .containsExactly(message(conversation, 3), odd);
            assertThat(get(second.inboxes.pending(device, new Position(conversation, 3), 100)))
                    .containsExactly(odd);
        }
        assertThat(truth.reads).hasValue(reads);
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
    void theSecondOwnerKeepsTheWindowsAndAGoneNodeHoldsNothing() throws Exception {
        Map<UUID, Holder> holders = claimOnBothNodes();
        for (UUID device : holders.keySet()) {
            get(first.inboxes.pending(device, Position.START, 100));
        }
        int reads = truth.reads.get();
        cluster.freeze(1);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> first.manager.getMembers().size() == 1);

        truth.store(holders.keySet().iterator().next(), messages(conversation, 1, 1));
        for (var entry : holders.entrySet()) {
            boolean survives = entry.getValue().node().equals(first.name);
            assertThat(holderOf(entry.getKey())).isEqualTo(survives ? Optional.of(entry.getValue()) : Optional.empty());
            get(first.inboxes.pending(entry.getKey(), Position.START, 100));
        }
        assertThat(truth.reads)
                .as("in a new view every window is read again from the truth")
                .hasValue(reads + holders.size());
    }

    @Test
    void aWindowWhoseNodeIsGoneIsRemovedAndOneThatWasLostIsTakenBack() throws Exception {
        UUID abandoned = UUID.randomUUID();
        UUID lost = UUID.randomUUID();
        Holder keeper = first.holder();
        get(second.inboxes.claim(abandoned, second.holder()));
        get(first.inboxes.claim(lost, keeper));
        cluster.freeze(1);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> first.manager.getMembers().size() == 1);
        first.manager.getCache(WindowCache.NAME).remove(lost);
        List<Optional<Holder>> whenSettled = new CopyOnWriteArrayList<>();
        first.inboxes.onViewSettled(() -> whenSettled.add(Optional.ofNullable(
                        (Window) first.manager.getCache(WindowCache.NAME).get(lost))
                .map(Window::holder)));

        get(first.inboxes.viewChanged());

        assertThat(whenSettled).as("told once, when it is put right").containsExactly(Optional.of(keeper));
        assertThat(first.manager.getCache(WindowCache.NAME).get(abandoned)).isNull();
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
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            get(first.inboxes.viewChanged());
            get(second.inboxes.viewChanged());
            for (var entry : newest.entrySet()) {
                assertThat(holderOf(entry.getKey())).contains(entry.getValue());
            }
        });
        assertThat(told).isEqualTo(olders);
    }

    @Test
    void aJoiningNodeReceivesTheWindows() throws Exception {
        Map<UUID, Holder> holders = claimOnBothNodes();
        Node third = node();
        cluster.awaitView(0, 1, 2);
        for (var entry : holders.entrySet()) {
            assertThat(get(third.inboxes.append(Map.of(entry.getKey(), messages(conversation, 1, 1)))))
                    .containsEntry(entry.getKey(), entry.getValue());
        }
    }

    @Test
    void acknowledgementsOfManyDevicesReachTheirOwners() throws Exception {
        Map<UUID, Holder> holders = claimOnBothNodes();
        for (UUID device : holders.keySet()) {
            get(first.inboxes.pending(device, Position.START, 100));
            get(first.inboxes.append(Map.of(device, messages(conversation, 1, 5))));
        }
        var done = holders.keySet().stream()
                .map(device -> second.inboxes.acknowledge(device, new Acknowledged.UpTo(conversation, 4)))
                .toList();
        for (var stage : done) {
            get(stage);
        }
        for (UUID device : holders.keySet()) {
            assertThat(get(first.inboxes.pending(device, Position.START, 100)))
                    .containsExactly(message(conversation, 5));
        }
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
        return Optional.ofNullable(
                get(first.inboxes.append(Map.of(device, List.of()))).get(device));
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
