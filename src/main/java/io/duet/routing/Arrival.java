package io.duet.routing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.platform.Coalescer;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Where notices arrive on this node, from here and from other nodes, and wait for the receiver. */
final class Arrival {
    private static final Logger LOG = Logger.getLogger(Arrival.class);
    private static final int WAITING_LISTS = 16_384;
    private static final int BATCH_LISTS = 256;
    private static final int MOST_SENDERS = 1_000;

    private final Executor work;
    private final RoutingMetrics metrics;
    private final Coalescer<List<Object>> waiting;
    /** Asked on threads of Infinispan; the common pool would have its worker started by one of them. */
    private final Cache<String, Numbers> senders = Caffeine.newBuilder()
            .expireAfterAccess(Duration.ofHours(1))
            .maximumSize(MOST_SENDERS)
            .executor(Runnable::run)
            .build();

    private volatile Consumer<List<Object>> receiver = notices -> {};

    Arrival(Executor work, RoutingMetrics metrics) {
        this.work = work;
        this.metrics = metrics;
        this.waiting = new Coalescer<>(WAITING_LISTS, BATCH_LISTS, this::deliver);
    }

    void deliverTo(Consumer<List<Object>> notices) {
        receiver = notices;
    }

    /** Whether this call of another node comes for the first time; one that is older than the last 4,096 counts as known. */
    boolean isNew(String from, long number) {
        return senders.get(from, key -> new Numbers()).add(number);
    }

    /** Never blocks; what is too much is dropped and counted. */
    void accept(List<Object> notices) {
        waiting.add(notices).exceptionally(failure -> {
            metrics.dropped(notices.size());
            return null;
        });
    }

    int waiting() {
        return waiting.waiting();
    }

    private CompletionStage<?> deliver(List<List<Object>> lists) {
        return CompletableFuture.runAsync(
                        () -> receiver.accept(
                                lists.stream().<Object>flatMap(List::stream).toList()),
                        work)
                .whenComplete((ignored, failure) -> {
                    if (failure != null) {
                        LOG.warn("Notices were lost, because their receiver failed", failure);
                    }
                });
    }

    /** The latest numbers that came from one node. */
    private static final class Numbers {
        private static final int LATEST = 4_096;

        private final BitSet latest = new BitSet(LATEST);
        private long highest;

        synchronized boolean add(long number) {
            if (number <= highest - LATEST) {
                return false;
            }
            for (long skipped = Math.max(highest, number - LATEST) + 1; skipped <= number; skipped++) {
                latest.clear((int) (skipped % LATEST));
            }
            highest = Math.max(highest, number);
            final int place = (int) (number % LATEST);
            final boolean known = latest.get(place);
            latest.set(place);
            return !known;
        }
    }
}
