package io.duet.routing;

import io.duet.platform.Coalescer;
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

    private final Executor work;
    private final RoutingMetrics metrics;
    private final Coalescer<List<Object>> waiting;
    private volatile Consumer<List<Object>> receiver = notices -> {};

    Arrival(Executor work, RoutingMetrics metrics) {
        this.work = work;
        this.metrics = metrics;
        this.waiting = new Coalescer<>(WAITING_LISTS, BATCH_LISTS, this::deliver);
    }

    void deliverTo(Consumer<List<Object>> notices) {
        receiver = notices;
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
}
