package io.duet.inbox;

import io.duet.message.MessageLog;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import io.duet.platform.ClusterView;
import io.duet.platform.GroupedRead;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jboss.logging.Logger;

/**
 * The inbox of each device: where the device is connected, which memory knows and which may vanish whole at any moment; and what is
 * pending for it, which PostgreSQL knows.
 *
 * <p>Safe for all threads. No method blocks. Each stage completes, perhaps exceptionally, within 5 s, {@link #pending}
 * within the message log's own time; it may complete on a thread of Infinispan, so a dependent stage must not
 * block. Where everything is on this node it usually is complete on return.
 */
@Singleton
public final class Inboxes {
    private static final Logger LOG = Logger.getLogger(Inboxes.class);
    private static final int BATCH = 512;
    private static final int WAITING_READS = 65_536;
    /** Devices whose first page is read together; with {@link #GROUPED_LIMIT} it bounds the memory of one read. */
    private static final int READ_TOGETHER = 32;
    /** Longer pages are read one device at a time. */
    private static final int GROUPED_LIMIT = 64;

    private final HoldingCache holdings;
    private final ClusterView view;
    private final PendingMessages truth;
    private final Executor work;
    private final GroupedRead<First, List<StoredMessage>> firstPages;
    private final Map<UUID, Holder> heldByThisNode = new ConcurrentHashMap<>();
    private volatile Consumer<Holder> displaced = holder -> {};
    private volatile Runnable viewSettled = () -> {};

    /** @param work where the message log is read; bounded, or a read waits there without limit */
    @Inject
    public Inboxes(EmbeddedCacheManager manager, MessageLog log, Executor work) {
        this(manager, PendingMessages.of(log), work);
    }

    Inboxes(EmbeddedCacheManager manager, PendingMessages truth, Executor work) {
        this.holdings = new HoldingCache(manager);
        this.view = new ClusterView(manager);
        this.truth = truth;
        this.work = work;
        this.firstPages = new GroupedRead<>(WAITING_READS, READ_TOGETHER, work, this::readFirstPages);
    }

    /**
     * Where each of these devices is connected; one that is nowhere, or on a node that is not in the view, is absent from the
     * answer. To be asked after a message was committed: a device that connects later reads it by itself.
     */
    public CompletionStage<Map<UUID, Holder>> holders(Set<UUID> deviceIds) {
        if (deviceIds.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        return holdings.read(deviceIds).thenApply(this::present);
    }

    /**
     * A connection takes the device, unless a newer one has it. Answers which connection has to go: the one that had the
     * device, if its node is still there, or the claimant itself. A claim repeated by the holder answers as the first one did.
     */
    public CompletionStage<Optional<Holder>> claim(UUID deviceId, Holder claimant) {
        heldByThisNode.merge(deviceId, claimant, (present, next) -> next.isNewerThan(present) ? next : present);
        return holdings.change(deviceId, new Changes.Claim(claimant)).thenApply(loser -> {
            if (!claimant.equals(heldByThisNode.get(deviceId))) {
                release(deviceId, claimant);
            }
            return ifPresent(loser);
        });
    }

    /** The connection went. Nothing happens unless it is still the holder. */
    public CompletionStage<Void> release(UUID deviceId, Holder holder) {
        heldByThisNode.remove(deviceId, holder);
        return holdings.change(deviceId, new Changes.Release(holder)).thenApply(ignored -> null);
    }

    /**
     * What the device has not acknowledged, ascending by conversation and sequence number. Short first pages of devices that
     * come at the same time are read together.
     *
     * @param after the last message already had, exclusive
     * @param limit most messages to answer
     */
    public CompletionStage<List<StoredMessage>> pending(UUID deviceId, Position after, int limit) {
        return after.equals(Position.START) && limit <= GROUPED_LIMIT
                ? firstPages.ask(new First(deviceId, limit))
                : CompletableFuture.supplyAsync(() -> truth.pending(deviceId, after, limit), work);
    }

    private Map<First, List<StoredMessage>> readFirstPages(List<First> asked) {
        int limit = asked.stream().mapToInt(First::limit).max().orElseThrow();
        Map<UUID, List<StoredMessage>> pages =
                truth.pendingOf(asked.stream().map(First::deviceId).collect(Collectors.toSet()), limit);
        return asked.stream()
                .collect(Collectors.toMap(
                        Function.identity(), first -> first.of(pages.getOrDefault(first.deviceId(), List.of()))));
    }

    /** Whoever closes a connection of this node that, after a split, turns out not to hold its device. */
    public void onDisplaced(Consumer<Holder> newListener) {
        displaced = Objects.requireNonNull(newListener);
    }

    /** Whoever looks for what was on its way when a node went; is run by any thread and must not block. */
    public void onViewSettled(Runnable newListener) {
        viewSettled = Objects.requireNonNull(newListener);
    }

    /**
     * To be called after each change of the cluster's view, not on a thread of Infinispan: takes back the devices of
     * this node that the cache lost or gave to a node that is gone or to an older connection, and removes the entries of nodes
     * that are gone.
     */
    public CompletionStage<Void> viewChanged() {
        Set<String> nodes = view.members().keySet();
        var abandoned = new HashMap<UUID, Holder>();
        for (Held held : holdings.heldHere()) {
            if (!nodes.contains(held.holder().node())) {
                abandoned.put(held.deviceId(), held.holder());
            }
        }
        var abandon = new Changes.Abandon(nodes);
        return inBatches(
                        heldByThisNode,
                        batch -> holdings.changeMany(batch, new Changes.Reassert(nodes))
                                .thenApply(this::giveWay))
                .thenCompose(ignored -> inBatches(abandoned, batch -> holdings.changeMany(batch, abandon)))
                .whenComplete((ignored, failure) -> tellThatViewSettled());
    }

    private void tellThatViewSettled() {
        try {
            viewSettled.run();
        } catch (RejectedExecutionException stopping) {
            LOG.debugf(stopping, "This node stops: nobody looks any more");
        }
    }

    private Collection<Held> giveWay(Collection<Held> present) {
        for (Held held : present) {
            Holder own = heldByThisNode.get(held.deviceId());
            if (own != null && held.holder().isNewerThan(own)) {
                displaced.accept(own);
            }
        }
        return present;
    }

    private static CompletableFuture<Void> inBatches(
            Map<UUID, Holder> holders, Function<Map<UUID, Holder>, CompletableFuture<Collection<Held>>> change) {
        CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
        var batch = new HashMap<UUID, Holder>();
        for (var entry : Map.copyOf(holders).entrySet()) {
            batch.put(entry.getKey(), entry.getValue());
            if (batch.size() == BATCH) {
                var full = Map.copyOf(batch);
                batch.clear();
                done = done.thenCompose(ignored -> change.apply(full)).thenApply(ignored -> null);
            }
        }
        return batch.isEmpty()
                ? done
                : done.thenCompose(ignored -> change.apply(batch)).thenApply(ignored -> null);
    }

    private Map<UUID, Holder> present(Map<UUID, Holding> held) {
        var holders = new HashMap<UUID, Holder>();
        held.forEach(
                (deviceId, holding) -> ifPresent(holding.holder()).ifPresent(holder -> holders.put(deviceId, holder)));
        return holders;
    }

    private Optional<Holder> ifPresent(Holder holder) {
        return Optional.ofNullable(holder).filter(found -> view.has(found.node()));
    }

    private record First(UUID deviceId, int limit) {
        List<StoredMessage> of(List<StoredMessage> page) {
            return page.size() <= limit ? page : page.subList(0, limit);
        }
    }
}
