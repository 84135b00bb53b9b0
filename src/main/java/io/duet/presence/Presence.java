package io.duet.presence;

import io.duet.config.DuetConfig;
import io.duet.platform.Background;
import io.duet.platform.ClusterView;
import io.duet.platform.Coalescer;
import io.duet.platform.Database;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.infinispan.functional.EntryView.ReadWriteEntryView;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jboss.logging.Logger;

/**
 * Who is online. A user is online from the first connection until a grace (5 s) after the last one went, on whatever
 * nodes; one who comes back within the grace was never away. No heartbeat is written: a connection counts as long as its
 * node is in the view. Each change is told once in the whole cluster, on the node where it was found out.
 *
 * <p>Safe for all threads. {@link #connected} and {@link #disconnected} never block and complete, perhaps exceptionally,
 * within half a minute: what fails is repeated a few times; {@link #of} may read the database.
 */
@Singleton
public final class Presence {
    private static final Logger LOG = Logger.getLogger(Presence.class);
    private static final int WAITING_CHANGES = 65_536;
    private static final int BATCH = 512;
    private static final int MOST_ATTEMPTS = 5;
    private static final long RETRY_MS = 300;

    private final Attendances attendances;
    private final ClusterView view;
    private final LastSeen lastSeen;
    private final Graces graces;
    private final Clock clock;
    private final Executor work;
    private final EmbeddedCacheManager manager;
    private final Map<UUID, Set<Connection>> keptHere = new ConcurrentHashMap<>();
    private final Set<UUID> gracesHere = ConcurrentHashMap.newKeySet();
    private final Coalescer<PresenceChange> changes = new Coalescer<>(WAITING_CHANGES, BATCH, this::tell);
    private volatile Consumer<PresenceChange> listener = change -> {};

    /** @param work where the database is written and the listener is called */
    @Inject
    public Presence(
            EmbeddedCacheManager manager,
            Database database,
            DuetConfig config,
            Clock clock,
            ScheduledExecutorService scheduler,
            @Background Executor work) {
        this(manager, database, config.presence(), clock, scheduler, work);
    }

    Presence(
            EmbeddedCacheManager manager,
            Database database,
            DuetConfig.PresenceTimes times,
            Clock clock,
            ScheduledExecutorService scheduler,
            Executor work) {
        this.manager = manager;
        this.attendances = new Attendances(manager);
        this.view = new ClusterView(manager);
        this.lastSeen = new LastSeen(database, work);
        this.graces = new Graces(times.grace(), scheduler, this::endGrace);
        this.clock = clock;
        this.work = work;
    }

    /** @param node that keeps the connection, as {@link ClusterView} names it */
    public CompletionStage<Void> connected(UUID userId, UUID deviceId, String node, UUID connectionId) {
        var connection = new Connection(node, deviceId, connectionId);
        keptHere.compute(userId, (key, kept) -> {
            var more = kept == null ? new HashSet<Connection>() : new HashSet<>(kept);
            more.add(connection);
            return more;
        });
        lastSeen.seen(userId, clock.instant());
        return arrive(userId, connection);
    }

    private CompletionStage<Void> arrive(UUID userId, Connection connection) {
        return change(userId, new AttendanceChanges.Arrive(connection), 1).thenCompose(cameOnline -> {
            if (cameOnline) {
                changed(new PresenceChange(userId, true, null));
            }
            boolean gone = !keptHere.getOrDefault(userId, Set.of()).contains(connection);
            return gone ? depart(userId, connection) : CompletableFuture.completedFuture(null);
        });
    }

    /** The grace begins when it was the user's last connection. An unknown connection changes nothing. */
    public CompletionStage<Void> disconnected(UUID userId, UUID deviceId, String node, UUID connectionId) {
        var connection = new Connection(node, deviceId, connectionId);
        keptHere.computeIfPresent(userId, (key, kept) -> {
            var fewer = new HashSet<>(kept);
            fewer.remove(connection);
            return fewer.isEmpty() ? null : fewer;
        });
        return depart(userId, connection);
    }

    private CompletionStage<Void> depart(UUID userId, Connection connection) {
        Instant now = clock.instant();
        lastSeen.seen(userId, now);
        UUID departure = UUID.randomUUID();
        return change(userId, new AttendanceChanges.Depart(connection, departure), 1)
                .thenAccept(leaving -> {
                    if (leaving) {
                        beginGrace(userId, departure, now);
                    }
                });
    }

    /** Repeats what failed, as happens while the view changes: nobody else would put it right before the next such change. */
    private CompletableFuture<Boolean> change(
            UUID userId, Function<ReadWriteEntryView<UUID, Attendance>, Boolean> change, int attempt) {
        return attendances
                .change(userId, change)
                .handle((answer, failure) -> {
                    if (failure == null || attempt == MOST_ATTEMPTS) {
                        return failure == null
                                ? CompletableFuture.completedFuture(answer)
                                : CompletableFuture.<Boolean>failedFuture(failure);
                    }
                    long delayMillis =
                            attempt * RETRY_MS + ThreadLocalRandom.current().nextLong(RETRY_MS);
                    return CompletableFuture.supplyAsync(
                                    () -> change(userId, change, attempt + 1),
                                    CompletableFuture.delayedExecutor(delayMillis, TimeUnit.MILLISECONDS, work))
                            .thenCompose(Function.identity());
                })
                .thenCompose(Function.identity());
    }

    private void beginGrace(UUID userId, UUID departure, Instant since) {
        gracesHere.add(departure);
        graces.begin(userId, departure, since);
    }

    private void endGrace(Graces.Grace grace) {
        change(grace.userId(), new AttendanceChanges.Lapse(grace.departure()), 1)
                .whenComplete((wentOffline, failure) -> {
                    gracesHere.remove(grace.departure());
                    if (failure != null) {
                        LOG.warn("A user who went is still shown online", failure);
                    } else if (wentOffline) {
                        changed(new PresenceChange(grace.userId(), false, grace.since()));
                    }
                });
    }

    /** Every given user, known or not, by its state. Reads the database for those who are offline, so it may block. */
    public Map<UUID, PresenceState> of(Collection<UUID> userIds) {
        var states = new HashMap<UUID, PresenceState>();
        var offline = new HashSet<UUID>();
        for (UUID userId : userIds) {
            if (attendances.isOnline(userId)) {
                states.put(userId, new PresenceState(true, null));
            } else {
                offline.add(userId);
            }
        }
        Map<UUID, Instant> seen = lastSeen.of(offline);
        offline.forEach(userId -> states.put(userId, new PresenceState(false, seen.get(userId))));
        return states;
    }

    /**
     * Whoever tells the people concerned; replaces the former one. Called on the background executor, one change at a time, in
     * the order in which this node found them out; only on the one node that found the change out.
     */
    public void onChange(Consumer<PresenceChange> newListener) {
        listener = Objects.requireNonNull(newListener);
    }

    /**
     * To be called after each change of the cluster's view, not on a thread of Infinispan: enters the connections of this
     * node again that the cache lost, takes out those that it does not keep, and ends the graces that it should end and
     * does not know; one node takes out what nodes kept that are gone, whose grace begins now.
     */
    public void viewChanged() {
        keptHere.forEach((userId, kept) -> kept.stream()
                .filter(connection -> !attendances.holds(userId, connection))
                .forEach(connection -> arrive(userId, connection)));
        attendances
                .saidToBeKeptBy(view.self())
                .forEach((userId, said) -> said.stream()
                        .filter(connection ->
                                !keptHere.getOrDefault(userId, Set.of()).contains(connection))
                        .forEach(connection -> depart(userId, connection)));
        attendances.gracesKeptBy(view.self()).forEach((userId, departure) -> {
            if (!gracesHere.contains(departure)) {
                beginGrace(userId, departure, clock.instant());
            }
        });
        if (!manager.isCoordinator()) {
            return;
        }
        Set<String> nodes = view.members().keySet();
        Instant now = clock.instant();
        for (UUID userId : attendances.keptElsewhereThan(nodes)) {
            UUID departure = UUID.randomUUID();
            change(userId, new AttendanceChanges.Bury(nodes, departure, view.self()), 1)
                    .thenAccept(leaving -> {
                        if (leaving) {
                            lastSeen.seen(userId, now);
                            beginGrace(userId, departure, now);
                        }
                    });
        }
    }

    /**
     * To be called every few seconds, by no thread of Infinispan: what {@link #viewChanged} puts right may also be wrong when
     * a change failed, or when caches that were split have been merged late. Asks no other node while all is well.
     */
    public void check() {
        try {
            viewChanged();
        } catch (RuntimeException e) {
            LOG.debug("Who is online could not be checked; the next check is soon", e);
        }
    }

    /** A timer that runs on would keep the application that has ended. */
    @PreDestroy
    void stop() {
        graces.stop();
    }

    private void changed(PresenceChange change) {
        changes.add(change).exceptionally(failure -> {
            LOG.warn("Some were not told that a user came or went", failure);
            return null;
        });
    }

    private CompletionStage<?> tell(List<PresenceChange> batch) {
        return CompletableFuture.runAsync(() -> batch.forEach(listener), work);
    }
}
