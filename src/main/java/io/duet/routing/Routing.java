package io.duet.routing;

import io.duet.platform.ClusterView;
import io.duet.platform.Stopping;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jboss.logging.Logger;

/**
 * Carries notices to the nodes that want them: to those that listen to the topic of a user ({@link #publish}) or to named
 * ones ({@link #send}). A notice arrives at most once, in order as seen from one sending thread, and may be lost without
 * a word: when a node goes, when a call to it takes longer than 5 s, when too much waits (counter
 * {@code duet.routing.notices.dropped}; {@code .remote} counts those for other nodes, {@code duet.routing.calls} the calls that
 * carried them). On this node a notice is handed over as the object it is; to another node all
 * that waits goes in one call, so a notice must be immutable and its type be known to ProtoStream.
 *
 * <p>Safe for all threads. No method blocks, except {@link #viewChanged}.
 */
@Singleton
public final class Routing {
    private static final Logger LOG = Logger.getLogger(Routing.class);
    private static final Duration LAST_NOTICES = Duration.ofSeconds(1);

    private final EmbeddedCacheManager manager;
    private final ClusterView view;
    private final Topics topics;
    private final Arrival arrival;
    private final RoutingMetrics metrics;
    private final Map<String, Outbox> outboxes = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    /** @param work where notices are handed to their receiver; bounded, one task of this at a time */
    @Inject
    public Routing(EmbeddedCacheManager manager, Executor work, MeterRegistry meters) {
        this.manager = manager;
        this.view = new ClusterView(manager);
        this.topics = new Topics(manager, view, work);
        this.metrics = new RoutingMetrics(meters);
        this.arrival = new Arrival(work, metrics);
        metrics.observeQueue("in", arrival::waiting);
        metrics.observeQueue(
                "out",
                () -> outboxes.values().stream().mapToInt(Outbox::waiting).sum());
        GlobalComponentRegistry.of(manager).registerComponent(arrival, Arrival.class);
    }

    /** This node's name, as {@link ClusterView#self}. */
    public String self() {
        return view.self();
    }

    /** This node listens to the user's topic until as many {@link #unsubscribe} have followed. Takes effect soon. */
    public void subscribe(UUID userId) {
        topics.enter(userId);
    }

    /** Takes back one {@link #subscribe}. */
    public void unsubscribe(UUID userId) {
        topics.leave(userId);
    }

    /** Once to each node that listens to any of the users. */
    public void publish(Collection<UUID> userIds, Object notice) {
        Objects.requireNonNull(notice);
        for (String node : topics.nodesOf(userIds)) {
            send(node, List.of(notice));
        }
    }

    /** Nodes that are not in the view are passed over. */
    public void send(Map<String, List<Object>> noticesPerNode) {
        noticesPerNode.forEach((node, notices) -> send(node, List.copyOf(notices)));
    }

    private void send(String node, List<Object> notices) {
        if (node.equals(view.self())) {
            arrival.accept(notices);
            return;
        }
        var address = view.members().get(node);
        if (address != null) {
            outboxes.computeIfAbsent(
                            node, ignored -> new Outbox(manager, address, view.self(), numbers, metrics))
                    .send(notices);
                    .send(notices);
        }
    }

    /**
     * Whoever takes the notices on this node; replaces the former one. Called by one thread at a time, with all that
     * arrived meanwhile, in order. It should hand over and return: whatever it waits for holds up all notices.
     */
    public void onNotice(Consumer<List<Object>> receiver) {
        arrival.deliverTo(Objects.requireNonNull(receiver));
    }

    /** What this node still has to tell the others goes out before it leaves, within a second. */
    void stop(@Observes @Priority(Stopping.NOTICES) Stopping stopping) {
        final CompletableFuture<?>[] empty =
                outboxes.values().stream().map(Outbox::emptied).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(empty).get(LAST_NOTICES.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Some notices are lost with this node", e);
        }
    }

    /**
     * To be called after each change of the cluster's view, not on a thread of Infinispan: enters this node's topics
     * again and forgets nodes that are gone. May block for some seconds.
     */
    public void viewChanged() {
        outboxes.keySet().removeIf(node -> !view.has(node));
        topics.viewChanged(manager.isCoordinator());
    }
}
