package io.duet.cluster;

import io.duet.inbox.Inboxes;
import io.duet.platform.ClusterView;
import io.duet.platform.Coalescer;
import io.duet.platform.Started;
import io.duet.platform.Stopping;
import io.duet.presence.Presence;
import io.duet.routing.Routing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.infinispan.Cache;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jboss.logging.Logger;
import org.jgroups.JChannel;

/**
 * This node among the others. A cluster of one is a cluster: the same caches, the same calls. Tells the rooms that keep
 * something in the caches when nodes come or go. Safe for all threads.
 */
@Singleton
public final class Cluster {
    private static final Logger LOG = Logger.getLogger(Cluster.class);
    private static final String PROBE_CACHE = "probe";
    private static final int REMOTE_TIMEOUT_MS = 2_000;
    private static final int WAITING_CHANGES = 64;
    private static final List<Duration> ONCE_MORE_AFTER = List.of(Duration.ofSeconds(3), Duration.ofSeconds(15));

    private final EmbeddedCacheManager manager;
    private final ClusterView view;
    private final JChannel channel;
    private final Cache<String, String> probe;
    private final Inboxes inboxes;
    private final Presence presence;
    private final Routing routing;
    private final Executor work;
    private final Counter viewChanges;
    private final Coalescer<Integer> changes = new Coalescer<>(WAITING_CHANGES, WAITING_CHANGES, this::tellRooms);

    /** @param work where the rooms are told about a changed view, one change at a time */
    @Inject
    public Cluster(
            EmbeddedCacheManager manager,
            Inboxes inboxes,
            Presence presence,
            Routing routing,
            Executor work,
            MeterRegistry meters) {
        this.manager = manager;
        this.inboxes = inboxes;
        this.presence = presence;
        this.routing = routing;
        this.work = work;
        this.view = new ClusterView(manager);
        this.channel = CacheManagers.channelOf(manager);
        var probeConfiguration = new ConfigurationBuilder();
        probeConfiguration
                .clustering()
                .cacheMode(CacheMode.DIST_SYNC)
                .remoteTimeout(REMOTE_TIMEOUT_MS)
                .hash()
                .numOwners(2);
        this.probe = manager.createCache(PROBE_CACHE, probeConfiguration.build());
        this.viewChanges = Counter.builder("duet.cluster.view.changes")
                .description("Changes of the view since this node came in")
                .register(meters);
        new Traffic(manager, view).bindTo(meters);
        manager.addListener(new ViewListener(this::viewChanged));
    }

    void start(@Observes Started started) {
        LOG.infof("Cluster view %d with nodes %s", view.epoch(), manager.getMembers());
    }

    /** This node's name, as {@link ClusterView#self}: another one after each start. */
    public String self() {
        return view.self();
    }

    /** The names of the nodes in the present view, this one included. */
    public Set<String> nodes() {
        return view.members().keySet();
    }

    /** Number of the present view; grows with every change. */
    public int epoch() {
        return view.epoch();
    }

    /**
     * Whether this node has a place in the cluster, and a value that is written to a cache now can be read back within the
     * deadline. Blocks at most so long.
     */
    public boolean usable(Duration deadline) {
        if (!manager.getStatus().allowInvocations() || !channel.isConnected() || !view.has(self())) {
            return false;
        }
        String written = UUID.randomUUID().toString();
        try {
            return probe.putAsync(self(), written)
                            .thenCompose(ignored -> probe.getAsync(self()))
                            .get(deadline.toNanos(), TimeUnit.NANOSECONDS)
                    != null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            LOG.debugf(e, "The cache did not answer");
            return false;
        }
    }

    /** Told once more when the caches have settled: after a split they first keep, then merge what both sides had. */
    private void viewChanged(int epoch) {
        viewChanges.increment();
        putRight(epoch);
        for (Duration delay : ONCE_MORE_AFTER) {
            CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, work)
                    .execute(() -> putRight(epoch));
        }
    }

    private void putRight(int epoch) {
        if (!manager.getStatus().allowInvocations()) {
            return;
        }
        changes.add(epoch).exceptionally(failure -> {
            LOG.warn("After a change of the view not all entries of the caches could be put right", failure);
            return null;
        });
    }

    /** One room after the other, each whether or not the one before it failed. */
    private CompletableFuture<Void> tellRooms(Iterable<Integer> epochs) {
        CompletableFuture<Void> topics = CompletableFuture.runAsync(routing::viewChanged, work);
        CompletableFuture<Void> attendances =
                topics.handleAsync((done, failure) -> done, work).thenRunAsync(presence::viewChanged, work);
        CompletableFuture<Void> windows = attendances
                .handleAsync((done, failure) -> done, work)
                .thenComposeAsync(done -> inboxes.viewChanged(), work);
        return CompletableFuture.allOf(topics, attendances, windows);
    }

    void stop(@Observes @Priority(Stopping.CLUSTER) Stopping stopping) {
        stop();
    }

    /** Leaves the cluster in order; what this node kept stays on the other owners. Idempotent. */
    @PreDestroy
    public void stop() {
        manager.stop();
    }
}
