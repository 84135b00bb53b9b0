package io.duet.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * Group commit for calls that cost the same for one item as for many: whatever is added while the previous batch is under
 * way goes out together as the next one. At most one batch is under way, so batches never overtake each other. A lone
 * item is not delayed.
 *
 * <p>Safe for all threads. {@link #add} never blocks, but runs the flush on the calling thread when nothing is under way,
 * or on the thread that completed the previous one. The flush must have a deadline of its own.
 */
public final class Coalescer<T> {
    private final int limit;
    private final int batchSize;
    private final Function<List<T>, ? extends CompletionStage<?>> flush;
    private List<Waiting<T>> waiting = new ArrayList<>();
    private boolean busy;

    /**
     * @param limit items that may wait; beyond it {@link #add} fails
     * @param batchSize most items in one flush
     */
    public Coalescer(int limit, int batchSize, Function<List<T>, ? extends CompletionStage<?>> flush) {
        this.limit = limit;
        this.batchSize = batchSize;
        this.flush = flush;
    }

    /**
     * Completes as the batch that holds the item does; with {@link RejectedExecutionException} at once when too many
     * wait.
     */
    public CompletionStage<Void> add(T item) {
        var entry = new Waiting<>(item, new CompletableFuture<Void>());
        synchronized (this) {
            if (waiting.size() >= limit) {
                entry.done.completeExceptionally(
                        new RejectedExecutionException(limit + " items wait for the batch under way"));
                return entry.done;
            }
            waiting.add(entry);
            if (busy) {
                return entry.done;
            }
            busy = true;
        }
        run();
        return entry.done;
    }

    /** How many items wait at this moment; those under way are not among them. */
    public synchronized int waiting() {
        return waiting.size();
    }

    private void run() {
        while (true) {
            List<Waiting<T>> batch = next();
            if (batch.isEmpty()) {
                return;
            }
            CompletableFuture<?> flushed = start(batch);
            if (!flushed.isDone()) {
                flushed.whenComplete((ignored, failure) -> {
                    finish(batch, failure);
                    run();
                });
                return;
            }
            finish(batch, flushed.handle((ignored, failure) -> failure).join());
        }
    }

    private synchronized List<Waiting<T>> next() {
        if (waiting.isEmpty()) {
            busy = false;
            return List.of();
        }
        if (waiting.size() <= batchSize) {
            List<Waiting<T>> batch = waiting;
            waiting = new ArrayList<>();
            return batch;
        }
        List<Waiting<T>> head = waiting.subList(0, batchSize);
        List<Waiting<T>> batch = List.copyOf(head);
        head.clear();
        return batch;
    }

    private CompletableFuture<?> start(List<Waiting<T>> batch) {
        try {
            return flush.apply(batch.stream().map(Waiting::item).toList()).toCompletableFuture();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void finish(List<Waiting<T>> batch, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        for (Waiting<T> entry : batch) {
            if (cause == null) {
                entry.done.complete(null);
            } else {
                entry.done.completeExceptionally(cause);
            }
        }
    }

    private record Waiting<T>(T item, CompletableFuture<Void> done) {}
}
