package io.duet.inbox;

import static io.duet.inbox.Messages.message;
import static io.duet.inbox.Messages.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.cluster.TestCluster;
import io.duet.config.DuetConfig;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import io.duet.platform.ClusterView;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.infinispan.manager.EmbeddedCacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InboxesTest {
    private static final int ENTRIES = 8;
    private static final DuetConfig.Inbox LIMITS = new DuetConfig.Inbox(ENTRIES, 10_000);

    private final ExecutorService work = Executors.newFixedThreadPool(2);
    private final Messages truth = new Messages();
    private final UUID device = UUID.randomUUID();
    private final UUID conversation = UUID.randomUUID();
    private EmbeddedCacheManager manager;
    private Inboxes inboxes;
    private Holder holder;

    @BeforeEach
    void start() {
        manager = TestCluster.single();
        inboxes = new Inboxes(manager, truth, LIMITS, work);
        holder = new Holder(new ClusterView(manager).self(), UUID.randomUUID(), 1);
    }

    @AfterEach
    void stop() {
        manager.stop();
        work.shutdownNow();
    }

    @Test
    void aFreshWindowAsksTheTruthOnceAndThenAnswersItself() throws Exception {
        truth.store(device, messages(conversation, 1, 3));
        get(inboxes.claim(device, holder));

        assertThat(pending()).isEqualTo(messages(conversation, 1, 3));
        append(4, 5);
        assertThat(pending()).isEqualTo(messages(conversation, 1, 5));
        assertThat(truth.reads).hasValue(1);
    }

    @Test
    void anAppendDuringTheReadKeepsTheWindowFromBeingTakenForComplete() throws Exception {
        get(inboxes.claim(device, holder));
        truth.duringRead = () -> {
            truth.store(device, messages(conversation, 1, 1));
            append(1, 1);
        };
        assertThat(pending()).as("what the read saw").isEmpty();

        truth.duringRead = () -> {};
        assertThat(pending()).containsExactly(message(conversation, 1));
        assertThat(truth.reads).hasValue(2);
        assertThat(pending()).containsExactly(message(conversation, 1));
        assertThat(truth.reads).hasValue(2);
    }

    @Test
    void anAcknowledgementDuringTheReadIsNotUndoneByTheRefill() throws Exception {
        truth.store(device, messages(conversation, 1, 2));
        get(inboxes.claim(device, holder));
        truth.duringRead = () -> {
            truth.remove(device, message(conversation, 1));
            getUnchecked(inboxes.acknowledge(device, new Acknowledged.UpTo(conversation, 1)));
        };
        assertThat(pending()).hasSize(2);
        truth.duringRead = () -> {};
        assertThat(pending()).containsExactly(message(conversation, 2));
    }

    @Test
    void aShortPageThatDoesNotBeginAtTheStartDoesNotMakeTheWindowComplete() throws Exception {
        truth.store(device, messages(conversation, 1, 3));
        get(inboxes.claim(device, holder));
        assertThat(get(inboxes.pending(device, new Position(conversation, 1), 5)))
                .hasSize(2);
        assertThat(get(inboxes.pending(device, Position.START, 3))).hasSize(3);
        assertThat(get(inboxes.pending(device, Position.START, 4))).hasSize(3);
        assertThat(truth.reads).hasValue(3);
        assertThat(get(inboxes.pending(device, Position.START, 2))).isEqualTo(messages(conversation, 1, 2));
        assertThat(truth.reads).hasValue(3);
    }

    @Test
    void whatOverflowsComesFromTheTruth() throws Exception {
        get(inboxes.claim(device, holder));
        assertThat(pending()).isEmpty();
        truth.store(device, messages(conversation, 1, ENTRIES + 1));
        append(1, ENTRIES);
        assertThat(pending()).hasSize(ENTRIES);
        assertThat(truth.reads).hasValue(1);

        append(ENTRIES + 1, ENTRIES + 1);
        assertThat(pending()).isEqualTo(messages(conversation, 1, ENTRIES + 1));
        assertThat(truth.reads).hasValue(2);
        assertThat(window().entries()).isEmpty();
        assertThat(pending()).hasSize(ENTRIES + 1);
        assertThat(truth.reads)
                .as("nine do not fit, so the window stays incomplete")
                .hasValue(3);
    }

    @Test
    void aReleasedWindowIsGone() throws Exception {
        get(inboxes.claim(device, holder));
        assertThat(pending()).isEmpty();
        get(inboxes.release(device, holder));
        assertThat(window()).isNull();
        assertThat(get(inboxes.append(Map.of(device, messages(conversation, 1, 1)))))
                .isEmpty();
        assertThat(window()).isNull();
    }

    /** Two nodes store messages 1 and 2; the second append overtakes the first, and just then the device connects again. */
    @Test
    void aNewConnectionSeesWhatIsStoredAlthoughItsAppendIsStillOnItsWay() throws Exception {
        get(inboxes.claim(device, holder));
        assertThat(pending()).isEmpty();
        truth.store(device, messages(conversation, 1, 2));
        append(2, 2);
        assertThat(pending()).containsExactly(message(conversation, 2));

        var newer = new Holder(holder.node(), UUID.randomUUID(), 2);
        assertThat(get(inboxes.claim(device, newer))).contains(holder);
        assertThat(pending()).isEqualTo(messages(conversation, 1, 2));
        append(1, 1);
        assertThat(pending()).isEqualTo(messages(conversation, 1, 2));
    }

    @Test
    void whatWasReadForAFormerHolderDoesNotCountForTheNextOne() throws Exception {
        get(inboxes.claim(device, holder));
        var next = new Holder(holder.node(), UUID.randomUUID(), 2);
        truth.duringRead = () -> {
            getUnchecked(inboxes.release(device, holder));
            getUnchecked(inboxes.claim(device, next));
        };
        assertThat(pending()).isEmpty();
        assertThat(window().complete()).isFalse();
    }

    @Test
    void anAppendToADeviceThatWasNeverHereLeavesNothing() throws Exception {
        assertThat(get(inboxes.append(Map.of(device, messages(conversation, 1, 1)))))
                .isEmpty();
        assertThat(window()).isNull();
    }

    @Test
    void acknowledgingTheUnknownOrTwiceChangesNothing() throws Exception {
        get(inboxes.acknowledge(device, new Acknowledged.UpTo(conversation, 7)));
        assertThat(window()).isNull();
        get(inboxes.claim(device, holder));
        assertThat(pending()).isEmpty();
        append(1, 2);
        for (int i = 0; i < 2; i++) {
            get(inboxes.acknowledge(
                    device, new Acknowledged.Message(message(conversation, 1).messageId())));
            get(inboxes.acknowledge(device, new Acknowledged.Message(UUID.randomUUID())));
            assertThat(pending()).containsExactly(message(conversation, 2));
        }
    }

    @Test
    void aStoppedCacheFailsAtOnceAndTheTruthStillAnswers() throws Exception {
        truth.store(device, messages(conversation, 1, 3));
        manager.stop();
        assertThatThrownBy(() -> get(inboxes.append(Map.of(device, messages(conversation, 1, 1)))));
        assertThatThrownBy(() -> get(inboxes.claim(device, holder)));
        assertThatThrownBy(() -> get(inboxes.release(device, holder)));
        assertThatThrownBy(() -> get(inboxes.acknowledge(device, new Acknowledged.UpTo(conversation, 1))));
        assertThat(pending()).isEqualTo(messages(conversation, 1, 3));
    }

    private void append(int from, int to) {
        getUnchecked(inboxes.append(Map.of(device, messages(conversation, from, to))));
    }

    private List<StoredMessage> pending() throws Exception {
        return get(inboxes.pending(device, Position.START, 100));
    }

    private Window window() {
        return manager.<UUID, Window>getCache(WindowCache.NAME).get(device);
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static <T> T getUnchecked(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    }
}
