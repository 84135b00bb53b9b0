package io.duet.inbox;

import static io.duet.inbox.Messages.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.cluster.TestCluster;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import io.duet.platform.ClusterView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.infinispan.manager.EmbeddedCacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InboxesTest {
    private final ExecutorService work = Executors.newFixedThreadPool(2);
    private final Messages truth = new Messages();
    private final UUID device = UUID.randomUUID();
    private final UUID conversation = UUID.randomUUID();
    private EmbeddedCacheManager manager;
    private Inboxes inboxes;
    private String node;

    @BeforeEach
    void start() {
        manager = TestCluster.single();
        inboxes = new Inboxes(manager, truth, work);
        node = new ClusterView(manager).self();
    }

    @AfterEach
    void stop() {
        manager.stop();
        work.shutdownNow();
    }

    private Holder holder(long admission) {
        return new Holder(node, UUID.randomUUID(), admission);
    }

    @Test
    void aListenerThatIsRefusedAThreadBecauseTheServerStopsIsNoFailure() throws Exception {
        var told = new AtomicInteger();
        inboxes.onViewSettled(() -> {
            told.incrementAndGet();
            throw new RejectedExecutionException();
        });
        get(inboxes.viewChanged());
        assertThat(told).hasValue(1);
        inboxes.onViewSettled(() -> {
            throw new IllegalStateException("broken");
        });
        assertThatThrownBy(() -> get(inboxes.viewChanged())).hasRootCauseMessage("broken");
    }

    @Test
    void answersWhatIsPendingFromAnyPosition() throws Exception {
        truth.store(device, messages(conversation, 1, 100));
        assertThat(pending(Position.START, 64)).isEqualTo(messages(conversation, 1, 64));
        assertThat(pending(Position.START, 80)).isEqualTo(messages(conversation, 1, 80));
        assertThat(pending(new Position(conversation, 64), 64)).isEqualTo(messages(conversation, 65, 100));
        assertThat(pending(new Position(conversation, 100), 64)).isEmpty();
        assertThat(get(inboxes.pending(UUID.randomUUID(), Position.START, 64))).isEmpty();
    }

    @Test
    void readsTheFirstPagesOfManyTogetherEachWithItsOwnLimit() throws Exception {
        var underWay = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        truth.duringRead = () -> {
            underWay.countDown();
            awaitUnchecked(goOn);
        };
        CompletionStage<List<StoredMessage>> first = inboxes.pending(UUID.randomUUID(), Position.START, 64);
        assertThat(underWay.await(10, TimeUnit.SECONDS)).isTrue();
        List<CompletionStage<List<StoredMessage>>> meanwhile = new ArrayList<>();
        for (int limit = 1; limit <= 10; limit++) {
            UUID other = UUID.randomUUID();
            truth.store(other, messages(conversation, 1, 20));
            meanwhile.add(inboxes.pending(other, Position.START, limit));
        }
        truth.duringRead = () -> {};
        goOn.countDown();
        assertThat(get(first)).isEmpty();
        for (int limit = 1; limit <= 10; limit++) {
            assertThat(get(meanwhile.get(limit - 1))).isEqualTo(messages(conversation, 1, limit));
        }
    }

    @Test
    void theNewerConnectionHoldsInWhateverOrderTheyCome() throws Exception {
        Holder first = holder(1);
        Holder second = holder(2);
        Holder third = holder(3);
        assertThat(get(inboxes.claim(device, second))).isEmpty();
        assertThat(get(inboxes.claim(device, first))).as("is outrun itself").contains(first);
        assertThat(holders()).containsExactly(Map.entry(device, second));
        assertThat(get(inboxes.claim(device, third))).contains(second);
        assertThat(get(inboxes.claim(device, third))).as("repeated").contains(second);
        assertThat(holders()).containsExactly(Map.entry(device, third));
    }

    @Test
    void onlyTheHolderReleases() throws Exception {
        Holder older = holder(1);
        Holder newer = holder(2);
        get(inboxes.claim(device, older));
        get(inboxes.claim(device, newer));
        get(inboxes.release(device, older));
        assertThat(holders()).containsExactly(Map.entry(device, newer));
        get(inboxes.release(device, newer));
        assertThat(holders()).isEmpty();
        assertThat(manager.getCache(HoldingCache.NAME)).isEmpty();
    }

    @Test
    void whoIsNowhereOrOnANodeThatIsGoneHasNoHolder() throws Exception {
        UUID lost = UUID.randomUUID();
        Holder here = holder(1);
        get(inboxes.claim(device, here));
        get(inboxes.claim(lost, new Holder("a node that is gone", UUID.randomUUID(), 1)));
        assertThat(get(inboxes.holders(Set.of(device, lost, UUID.randomUUID()))))
                .containsExactly(Map.entry(device, here));
        assertThat(get(inboxes.holders(Set.of()))).isEmpty();
    }

    @Test
    void aStoppedCacheFailsAtOnceAndTheTruthStillAnswers() throws Exception {
        truth.store(device, messages(conversation, 1, 3));
        manager.stop();
        assertThatThrownBy(this::holders);
        assertThatThrownBy(() -> get(inboxes.claim(device, holder(1))));
        assertThatThrownBy(() -> get(inboxes.release(device, holder(1))));
        assertThat(pending(Position.START, 100)).isEqualTo(messages(conversation, 1, 3));
    }

    private Map<UUID, Holder> holders() throws Exception {
        return get(inboxes.holders(Set.of(device)));
    }

    private List<StoredMessage> pending(Position after, int limit) throws Exception {
        return get(inboxes.pending(device, after, limit));
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
