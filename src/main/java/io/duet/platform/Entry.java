package io.duet.platform;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** An item on its way through a {@link CommitLane}. */
record Entry<I, O>(I item, CompletableFuture<O> reply, long deadlineNanos) {
    Entry(I item, Duration deadline) {
        this(item, new CompletableFuture<>(), System.nanoTime() + deadline.toNanos());
    }

    boolean overdue(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }
}
