package io.duet.platform;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** An item on its way through a {@link CommitLane}. */
record Entry<I, O>(I item, CompletableFuture<O> reply, long submittedNanos, long deadlineNanos) {
    Entry(I item, Duration deadline) {
        this(item, System.nanoTime(), deadline);
    }

    private Entry(I item, long now, Duration deadline) {
        this(item, new CompletableFuture<>(), now, now + deadline.toNanos());
    }

    boolean overdue(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }
}
