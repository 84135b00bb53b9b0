package io.duet.routing;

import io.duet.platform.Coalescer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.infinispan.manager.ClusterExecutor;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.protostream.WrappedMessage;
import org.infinispan.remoting.transport.Address;
import org.jboss.logging.Logger;

/** Notices on their way to one other node: one call at a time, so they stay in order, with all that waited. */
final class Outbox {
    private static final Logger LOG = Logger.getLogger(Outbox.class);
    private static final int WAITING_LISTS = 16_384;
    private static final int BATCH_LISTS = 256;
    private static final int DEADLINE_MS = 5_000;

    private final ClusterExecutor there;
    private final String self;
    private final AtomicLong numbers;
    private final RoutingMetrics metrics;
    private final Coalescer<List<Object>> waiting = new Coalescer<>(WAITING_LISTS, BATCH_LISTS, this::carry);

    /** @param numbers of all calls of this node, to whatever other */
    Outbox(EmbeddedCacheManager manager, Address node, String self, AtomicLong numbers, RoutingMetrics metrics) {
        this.self = self;
        this.numbers = numbers;
        this.there = manager.executor().filterTargets(node::equals).timeout(DEADLINE_MS, TimeUnit.MILLISECONDS);
        this.metrics = metrics;
    }

    void send(List<Object> notices) {
        waiting.add(notices).exceptionally(failure -> {
            metrics.dropped(notices.size());
            LOG.debugf(failure, "%d notices were lost on their way to another node", notices.size());
            return null;
        });
    }

    int waiting() {
        return waiting.waiting();
    }

    /** Completes when all that waits now has gone out, or is lost. */
    CompletableFuture<Void> emptied() {
        return waiting.add(List.of()).toCompletableFuture();
    }

    private CompletionStage<?> carry(List<List<Object>> lists) {
        var carry = new Carry(
                self,
                numbers.incrementAndGet(),
                lists.stream().flatMap(List::stream).map(WrappedMessage::new).toList());
        metrics.calling(carry.notices().size());
        final long begun = System.nanoTime();
        return there.<Boolean>submitConsumer(carry, (node, taken, failure) -> {
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
            metrics.called(System.nanoTime() - begun);
        });
    }
}
