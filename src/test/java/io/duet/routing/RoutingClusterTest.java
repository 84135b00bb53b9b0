package io.duet.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.cluster.TestCluster;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.infinispan.manager.EmbeddedCacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoutingClusterTest {
    private final ExecutorService work = Executors.newFixedThreadPool(4);
    private final UUID user = UUID.randomUUID();
    private TestCluster cluster;
    private Node first;
    private Node second;

    private record Node(EmbeddedCacheManager manager, Routing routing, List<Object> received) {
        Set<String> listening(UUID user) {
            Topic topic = manager.<UUID, Topic>getCache(Topics.CACHE).get(user);
            return topic == null ? Set.of() : topic.nodes();
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
        var routing = new Routing(manager, work, new SimpleMeterRegistry());
        List<Object> received = new CopyOnWriteArrayList<>();
        routing.onNotice(received::addAll);
        return new Node(manager, routing, received);
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(10));
    }

    @Test
    void aNoticeGoesOnceToEachNodeThatListensToAnyOfTheUsers() {
        UUID both = UUID.randomUUID();
        UUID nobody = UUID.randomUUID();
        first.routing.subscribe(both);
        second.routing.subscribe(both);
        second.routing.subscribe(user);
        soon().until(() ->
                first.listening(both).size() == 2 && first.listening(user).size() == 1);

        first.routing.publish(List.of(user, both, nobody), new TestNotice("a", 1));
        first.routing.publish(List.of(nobody), new TestNotice("a", 2));
        first.routing.publish(List.of(user), new TestNotice("a", 3));

        soon().until(() -> second.received.size() == 2 && first.received.size() == 1);
        assertThat(first.received).containsExactly(new TestNotice("a", 1));
        assertThat(second.received).containsExactly(new TestNotice("a", 1), new TestNotice("a", 3));
    }

    @Test
    void theNodeLeavesTheTopicWithTheLastOfItsSubscribers() {
        first.routing.subscribe(user);
        first.routing.subscribe(user);
        soon().until(() -> second.listening(user).equals(Set.of(first.routing.self())));
        first.routing.unsubscribe(user);
        second.routing.subscribe(user);
        soon().until(() -> second.listening(user).size() == 2);
        first.routing.unsubscribe(user);
        soon().until(() -> first.listening(user).equals(Set.of(second.routing.self())));
        second.routing.unsubscribe(user);
        second.routing.unsubscribe(user);
        soon().until(() -> first.listening(user).isEmpty());
        second.routing.subscribe(user);
        soon().until(() -> first.listening(user).equals(Set.of(second.routing.self())));
    }

    @Test
    void inAFlurryOfComingAndGoingTheTopicEndsAsTheCountDoes() throws Exception {
        var threads = new ArrayList<Thread>();
        for (Node node : List.of(first, second)) {
            for (int t = 0; t < 2; t++) {
                var thread = new Thread(() -> {
                    for (int i = 0; i < 300; i++) {
                        node.routing.subscribe(user);
                        node.routing.unsubscribe(user);
                    }
                });
                thread.start();
                threads.add(thread);
            }
        }
        for (Thread thread : threads) {
            thread.join(20_000);
        }
        first.routing.subscribe(user);
        soon().until(() -> second.listening(user).equals(Set.of(first.routing.self()))
                && first.listening(user).equals(Set.of(first.routing.self())));
    }

    @Test
    void noticesToAnotherNodeArriveInOrder() {
        int count = 5_000;
        for (int i = 0; i < count; i++) {
            first.routing.send(Map.of(second.routing.self(), List.of(new TestNotice("first", i))));
        }
        soon().until(() -> second.received.size() == count);
        assertThat(second.received)
                .isEqualTo(IntStream.range(0, count)
                        .mapToObj(i -> (Object) new TestNotice("first", i))
                        .toList());
    }

    @Test
    void onItsOwnNodeANoticeStaysTheSameObject() {
        var notice = new Object();
        first.routing.send(Map.of(first.routing.self(), List.of(notice)));
        soon().until(() -> first.received.size() == 1);
        assertThat(first.received.get(0)).isSameAs(notice);
    }

    @Test
    void aNodeThatIsNotInTheViewIsPassedOver() {
        first.routing.send(Map.of(
                UUID.randomUUID().toString(), List.of(new TestNotice("a", 1)),
                second.routing.self(), List.of(new TestNotice("a", 2))));
        soon().until(() -> second.received.size() == 1);
        assertThat(first.received).isEmpty();
    }

    @Test
    void whatCannotBeMarshalledIsLostAndTheNextNoticeArrives() {
        first.routing.send(Map.of(second.routing.self(), List.of(new Object())));
        first.routing.send(Map.of(second.routing.self(), List.of(new TestNotice("a", 2))));
        soon().until(() -> second.received.contains(new TestNotice("a", 2)));
    }

    @Test
    void aFailingReceiverLosesItsNoticesOnly() {
        first.routing.onNotice(notices -> {
            if (notices.contains("bad")) {
                throw new IllegalStateException("expected by the test");
            }
            first.received.addAll(notices);
        });
        first.routing.send(Map.of(first.routing.self(), List.of("bad")));
        soon().until(() -> {
            first.routing.send(Map.of(first.routing.self(), List.of("good")));
            return first.received.contains("good");
        });
    }

    @Test
    void aFrozenNodeHoldsNobodyUpAndItsTopicsArePruned() {
        second.routing.subscribe(user);
        first.routing.subscribe(user);
        soon().until(() -> first.listening(user).size() == 2);
        cluster.freeze(1);
        first.routing.publish(List.of(user), new TestNotice("a", 1));
        soon().until(() -> first.received.contains(new TestNotice("a", 1)));
        soon().until(() -> first.manager.getMembers().size() == 1);
        first.routing.viewChanged();
        soon().until(() -> first.listening(user).equals(Set.of(first.routing.self())));
    }

    @Test
    void afterASplitHasHealedEachNodeListensAgain() {
        first.routing.subscribe(user);
        UUID other = UUID.randomUUID();
        second.routing.subscribe(other);
        soon().until(() -> first.listening(other).size() == 1);
        cluster.freeze(1);
        soon().until(() -> first.manager.getMembers().size() == 1
                && second.manager.getMembers().size() == 1);
        first.routing.viewChanged();
        second.routing.viewChanged();
        assertThat(first.listening(other)).isEmpty();
        cluster.thaw(1);
        cluster.awaitView(0, 1);

        for (Node node : List.of(first, second)) {
            soon().until(() -> {
                first.routing.viewChanged();
                second.routing.viewChanged();
                return node.listening(user).contains(first.routing.self())
                        && node.listening(other).contains(second.routing.self());
            });
        }
        first.routing.publish(List.of(other), new TestNotice("a", 1));
        soon().until(() -> second.received.contains(new TestNotice("a", 1)));
    }

    @Test
    void aNodeThatJoinsLaterKnowsTheTopics() {
        first.routing.subscribe(user);
        soon().until(() -> first.listening(user).size() == 1);
        Node third = node();
        cluster.awaitView(0, 1, 2);
        third.routing.publish(List.of(user), new TestNotice("c", 1));
        soon().until(() -> first.received.contains(new TestNotice("c", 1)));
    }
}
