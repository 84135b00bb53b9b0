package io.duet.routing;

import io.duet.platform.ClusterView;
import io.duet.platform.ReplicatedCache;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.infinispan.AdvancedCache;
import org.infinispan.context.Flag;
import org.infinispan.functional.FunctionalMap.ReadWriteMap;
import org.infinispan.functional.impl.FunctionalMapImpl;
import org.infinispan.functional.impl.ReadWriteMapImpl;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jboss.logging.Logger;

/**
 * Which nodes listen to which user: the cache {@code topics}, whole on every node so that a publisher looks up locally,
 * and the count of this node's subscribers, by which this node enters and leaves a topic. The cache follows the count:
 * one change of a topic is under way at a time, and after it the two are compared again.
 */
final class Topics {
    private static final Logger LOG = Logger.getLogger(Topics.class);
    static final String CACHE = "topics";
    private static final int MOST_RETRIES = 8;
    private static final int RETRY_MS = 250;
    private static final int PRUNED_TOGETHER = 256;
    private static final int PRUNE_DEADLINE_MS = 5_000;

    private final AdvancedCache<UUID, Topic> local;
    private final ReadWriteMap<UUID, Topic> topics;
    private final ClusterView view;
    private final Executor work;
    private final Map<UUID, Subscription> subscriptions = new ConcurrentHashMap<>();

    Topics(EmbeddedCacheManager manager, ClusterView view, Executor work) {
        var cache = manager.<UUID, Topic>createCache(CACHE, ReplicatedCache.configuration(new TopicMerge()))
                .getAdvancedCache();
        this.local = cache.withFlags(Flag.CACHE_MODE_LOCAL);
        this.topics = ReadWriteMapImpl.create(FunctionalMapImpl.create(cache));
        this.view = view;
        this.work = work;
    }

    void enter(UUID userId) {
        subscriptions.compute(userId, (key, present) -> {
            Subscription subscription = present == null ? new Subscription() : present;
            subscription.subscribers++;
            return subscription;
        });
        settle(userId, 0);
    }

    void leave(UUID userId) {
        subscriptions.computeIfPresent(userId, (key, subscription) -> {
            subscription.subscribers = Math.max(0, subscription.subscribers - 1);
            return subscription;
        });
        settle(userId, 0);
    }

    /** The nodes in the view that listen to any of these users. */
    Set<String> nodesOf(Iterable<UUID> userIds) {
        var nodes = new HashSet<String>();
        for (UUID userId : userIds) {
            Topic topic = local.get(userId);
            if (topic != null) {
                nodes.addAll(topic.nodes());
            }
        }
        nodes.removeIf(node -> !view.has(node));
        return nodes;
    }

    private void settle(UUID userId, int retries) {
        var step = new Step[1];
        subscriptions.computeIfPresent(userId, (key, subscription) -> {
            boolean wanted = subscription.subscribers > 0;
            if (subscription.busy) {
                return subscription;
            }
            if (subscription.lost) {
                subscription.lost = false;
                subscription.announced = false;
            }
            if (wanted == subscription.announced) {
                return wanted ? subscription : null;
            }
            subscription.busy = true;
            step[0] = new Step(wanted);
            return subscription;
        });
        if (step[0] != null) {
            announce(userId, step[0].listen).whenComplete((ignored, failure) -> {
                announced(userId, step[0].listen, failure == null);
                if (failure == null) {
                    settle(userId, 0);
                } else {
                    retry(userId, retries + 1, failure);
                }
            });
        }
    }

    private CompletableFuture<Boolean> announce(UUID userId, boolean listen) {
        try {
            return listen
                    ? topics.eval(userId, new Topic.Listen(view.self()))
                    : topics.eval(userId, new Topic.Leave(view.self()));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void announced(UUID userId, boolean listen, boolean success) {
        subscriptions.computeIfPresent(userId, (key, subscription) -> {
            subscription.busy = false;
            if (success) {
                subscription.announced = listen;
            }
            return subscription;
        });
    }

    private void retry(UUID userId, int retries, Throwable failure) {
        if (retries > MOST_RETRIES) {
            LOG.warnf(failure, "A topic could not be changed; it is tried again with the next change of the view");
            return;
        }
        long delayMillis =
                RETRY_MS * (long) retries + ThreadLocalRandom.current().nextInt(RETRY_MS);
        CompletableFuture.delayedExecutor(delayMillis, TimeUnit.MILLISECONDS, work)
                .execute(() -> settle(userId, retries));
    }

    /**
     * Enters again every topic of this node that the cache shows without it, and with {@code prune} takes nodes out that
     * are gone. May block.
     */
    void viewChanged(boolean prune) {
        for (UUID userId : subscriptions.keySet()) {
            Topic topic = local.get(userId);
            if (topic == null || !topic.nodes().contains(view.self())) {
                subscriptions.computeIfPresent(userId, (key, subscription) -> {
                    subscription.lost = true;
                    return subscription;
                });
                settle(userId, 0);
            }
        }
        if (prune) {
            prune(view.members().keySet());
        }
    }

    /**
     * Key by key: one command for many keys would hold the locks of those that it has while it waits for the others, and so
     * would the one of a node that prunes at the same time.
     */
    private void prune(Set<String> present) {
        var prune = new Topic.Prune(present);
        var pruned = new ArrayList<CompletableFuture<?>>();
        local.forEach((userId, topic) -> {
            if (!present.containsAll(topic.nodes())) {
                pruned.add(topics.eval(userId, prune));
                if (pruned.size() == PRUNED_TOGETHER) {
                    await(pruned);
                }
            }
        });
        await(pruned);
    }

    private static void await(List<CompletableFuture<?>> pruned) {
        CompletableFuture.allOf(pruned.toArray(CompletableFuture<?>[]::new))
                .orTimeout(PRUNE_DEADLINE_MS, TimeUnit.MILLISECONDS)
                .join();
        pruned.clear();
    }

    private record Step(boolean listen) {}

    /** Guarded by the map's own lock of its key. */
    private static final class Subscription {
        private int subscribers;
        private boolean announced;
        private boolean busy;
        private boolean lost;
    }
}
