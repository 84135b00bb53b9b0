package io.duet.inbox;

import io.duet.config.DuetConfig;
import io.duet.message.MessageLog;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import io.duet.platform.ClusterView;
import io.duet.platform.Coalescer;
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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jboss.logging.Logger;

/**
 * The inbox of each device as memory knows it: a bounded {@link Window} over the durable inbox in PostgreSQL, and where
 * the device is connected. It may vanish whole at any moment: what it lacks is read from the message log, so losing it
 * costs a read and never a message.
 *
 * <p>Safe for all threads. No method blocks. Each stage completes, perhaps exceptionally, within 5 s, {@link #pending}
 * within the message log's own time besides; it may complete on a thread of Infinispan, so a dependent stage must not
 * block. Where everything is on this node it usually is complete on return.
 */
@Singleton
public final class Inboxes {
    private static final Logger LOG = Logger.getLogger(Inboxes.class);
    private static final int WAITING_ACKNOWLEDGEMENTS = 65_536;
    private static final int BATCH = 512;
    private static final int WAITING_READS = 65_536;
    /** Devices whose first page is read together; with {@link #GROUPED_LIMIT} it bounds the memory of one read. */
    private static final int READ_TOGETHER = 32;
    /** Longer pages are read one device at a time. */
    private static final int GROUPED_LIMIT = 64;

    private static final int MOST_ATTEMPTS = 5;
    private static final long RETRY_MS = 200;

    private final WindowCache windows;
    private final ClusterView view;
    private final DuetConfig.Inbox limits;
    private final PendingMessages truth;
    private final Executor work;
    private final GroupedRead<First, List<StoredMessage>> firstPages;
    private final Coalescer<DeviceAcknowledged> acknowledgements;
    private final Map<UUID, Holder> heldByThisNode = new ConcurrentHashMap<>();
    private volatile Consumer<Holder> displaced = holder -> {};
    private volatile Runnable viewSettled = () -> {};

    /** @param work where the message log is read; bounded, or a read waits there without limit */
    @Inject
    public Inboxes(EmbeddedCacheManager manager, MessageLog log, DuetConfig config, Executor work) {
        this(manager, PendingMessages.of(log), config.inbox(), work);
    }

    Inboxes(EmbeddedCacheManager manager, PendingMessages truth, DuetConfig.Inbox limits, Executor work) {
        this.windows = new WindowCache(manager);
        this.view = new ClusterView(manager);
        this.truth = truth;
        this.limits = limits;
        this.work = work;
        this.firstPages = new GroupedRead<>(WAITING_READS, READ_TOGETHER, work, this::readFirstPages);
        this.acknowledgements = new Coalescer<>(WAITING_ACKNOWLEDGEMENTS, BATCH, this::acknowledgeAll);
    }

    /**
     * Adds committed messages to the windows of devices, in one command per owner, and answers where each device is
     * connected; one that is nowhere, or on a node that is not in the view, is absent from the answer. Two appends may
     * overtake each other. A message that is there already, or was just acknowledged, is not added again.
     *
     * <p>After a failure the windows concerned are marked incomplete, as soon as that works, and the reconciliation finds
     * the messages in the log.
     */
    public CompletionStage<Map<UUID, Holder>> append(Map<UUID, List<StoredMessage>> batch) {
        if (batch.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        var arguments = new HashMap<UUID, Arrivals>();
        batch.forEach((deviceId, messages) -> arguments.put(deviceId, new Arrivals(messages)));
        var append = new Changes.Append(limits.windowEntries(), limits.windowBytes());
        CompletableFuture<Map<UUID, Holder>> holders =
                windows.changeMany(arguments, append).thenApply(this::present);
        return holders.whenComplete((ignored, failure) -> {
            if (failure != null) {
                LOG.warnf("An append to the windows of %d devices failed: %s", batch.size(), failure);
                distrust(Set.copyOf(batch.keySet()), 1);
            }
        });
    }

    /**
     * A connection takes the device, unless a newer one has it. Answers which connection has to go: the one that had the
     * device, if its node is still there, or the claimant itself. A claim repeated by the holder answers as the first one did.
     */
    public CompletionStage<Optional<Holder>> claim(UUID deviceId, Holder claimant) {
        heldByThisNode.merge(deviceId, claimant, (present, next) -> next.isNewerThan(present) ? next : present);
        return windows.change(deviceId, new Changes.Claim(claimant)).thenApply(loser -> {
            if (!claimant.equals(heldByThisNode.get(deviceId))) {
                release(deviceId, claimant);
            }
            return ifPresent(loser);
        });
    }

    /** The connection went. Nothing happens unless it is still the holder. */
    public CompletionStage<Void> release(UUID deviceId, Holder holder) {
        heldByThisNode.remove(deviceId, holder);
        return windows.change(deviceId, new Changes.Release(holder)).thenApply(ignored -> null);
    }

    /**
     * What the device has not acknowledged, ascending by conversation and sequence number. Comes from the window when
     * that is complete, else from the message log; a read from {@link Position#START} that finds everything makes the
     * window complete, if nothing happened to it meanwhile. With the cache out of order the message log alone answers.
     * Short first pages of devices that come at the same time are read together.
     *
     * @param after the last message already had, exclusive
     * @param limit most messages to answer
     */
    public CompletionStage<List<StoredMessage>> pending(UUID deviceId, Position after, int limit) {
        int epoch = view.epoch();
        return windows.read(deviceId, new Changes.Read(after, limit, epoch))
                .exceptionally(failure -> Page.ABSENT)
                .thenCompose(page -> page.complete()
                        ? CompletableFuture.completedFuture(page.messages())
                        : fromTruth(deviceId, after, limit, page, epoch));
    }

    private CompletableFuture<List<StoredMessage>> fromTruth(
            UUID deviceId, Position after, int limit, Page incomplete, int epoch) {
        CompletableFuture<List<StoredMessage>> read = after.equals(Position.START) && limit <= GROUPED_LIMIT
                ? firstPages.ask(new First(deviceId, limit)).toCompletableFuture()
                : CompletableFuture.supplyAsync(() -> truth.pending(deviceId, after, limit), work);
        if (incomplete.holder() == null || !after.equals(Position.START)) {
            return read;
        }
        return read.thenCompose(messages -> {
            if (messages.size() >= limit || messages.size() > limits.windowEntries()) {
                return CompletableFuture.completedFuture(messages);
            }
            var refill = new Changes.Refill(
                    incomplete.holder(),
                    incomplete.version(),
                    epoch,
                    messages,
                    limits.windowEntries(),
                    limits.windowBytes());
            return windows.change(deviceId, refill).handle((ignored, failure) -> messages);
        });
    }

    private Map<First, List<StoredMessage>> readFirstPages(List<First> asked) {
        int limit = asked.stream().mapToInt(First::limit).max().orElseThrow();
        Map<UUID, List<StoredMessage>> pages =
                truth.pendingOf(asked.stream().map(First::deviceId).collect(Collectors.toSet()), limit);
        return asked.stream()
                .collect(Collectors.toMap(
                        Function.identity(), first -> first.of(pages.getOrDefault(first.deviceId(), List.of()))));
    }

    /**
     * Removes what the device acknowledged from its window. To be called only after the message log committed the
     * acknowledgement. Acknowledgements that arrive while others are under way go out together.
     */
    public CompletionStage<Void> acknowledge(UUID deviceId, Acknowledged what) {
        return acknowledgements.add(new DeviceAcknowledged(deviceId, what));
    }

    private CompletionStage<?> acknowledgeAll(List<DeviceAcknowledged> batch) {
        var arguments = new HashMap<UUID, Acknowledgements>();
        for (DeviceAcknowledged entry : batch) {
            arguments
                    .computeIfAbsent(entry.deviceId(), ignored -> Acknowledgements.none())
                    .add(entry.what());
        }
        return windows.changeMany(arguments, new Changes.Acknowledge());
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
     * this node that the cache lost or gave to a node that is gone or to an older connection, and removes windows whose node
     * is gone.
     */
    public CompletionStage<Void> viewChanged() {
        Set<String> nodes = view.members().keySet();
        var abandoned = new HashMap<UUID, Holder>();
        for (Held held : windows.heldHere()) {
            if (!nodes.contains(held.holder().node())) {
                abandoned.put(held.deviceId(), held.holder());
            }
        }
        var abandon = new Changes.Abandon(nodes);
        return inBatches(
                        heldByThisNode,
                        batch -> windows.changeMany(batch, new Changes.Reassert(nodes))
                                .thenApply(this::giveWay))
                .thenCompose(ignored -> inBatches(abandoned, batch -> windows.changeMany(batch, abandon)))
                .whenComplete((ignored, failure) -> viewSettled.run());
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

    private void distrust(Collection<UUID> deviceIds, int attempt) {
        var arguments = new HashMap<UUID, Boolean>();
        deviceIds.forEach(deviceId -> arguments.put(deviceId, true));
        windows.changeMany(arguments, new Changes.Distrust()).whenComplete((ignored, failure) -> {
            if (failure != null && attempt < MOST_ATTEMPTS) {
                long delayMillis =
                        RETRY_MS * attempt + ThreadLocalRandom.current().nextLong(RETRY_MS);
                CompletableFuture.delayedExecutor(delayMillis, TimeUnit.MILLISECONDS, work)
                        .execute(() -> distrust(deviceIds, attempt + 1));
            } else if (failure != null) {
                LOG.warnf("The windows of %d devices stay unmarked: %s", deviceIds.size(), failure);
            }
        });
    }

    private Map<UUID, Holder> present(Collection<Held> answers) {
        var holders = new HashMap<UUID, Holder>();
        for (Held held : answers) {
            ifPresent(held.holder()).ifPresent(holder -> holders.put(held.deviceId(), holder));
        }
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

    private record DeviceAcknowledged(UUID deviceId, Acknowledged what) {}
}
