package io.duet.platform;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A part of another executor: runs at most so many tasks on it at a time, in the order in which they came. Between two tasks the
 * other executor's own queue has its turn, so that whoever shares it is not held up by more than these. Safe for all
 * threads; {@link #execute} never blocks. The queue has no limit of its own: for callers that bound what they submit, as
 * {@link Coalescer} and {@link GroupedRead} do by one task each.
 */
public final class LimitedParallelism implements Executor {
    private final Executor whole;
    private final int parallelism;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;

    public LimitedParallelism(Executor whole, int parallelism) {
        this.whole = whole;
        this.parallelism = parallelism;
    }

    /** @throws RejectedExecutionException as the other executor does */
    @Override
    public void execute(Runnable task) {
        synchronized (this) {
            waiting.add(task);
            if (running >= parallelism) {
                return;
            }
            running++;
        }
        try {
            whole.execute(this::runNext);
        } catch (RejectedExecutionException refused) {
            synchronized (this) {
                running--;
                waiting.remove(task);
            }
            throw refused;
        }
    }

    private void runNext() {
        final Runnable task;
        synchronized (this) {
            task = waiting.poll();
            if (task == null) {
                running--;
                return;
            }
        }
        try {
            task.run();
        } finally {
            goOn();
        }
    }

    private void goOn() {
        synchronized (this) {
            if (waiting.isEmpty()) {
                running--;
                return;
            }
        }
        try {
            whole.execute(this::runNext);
        } catch (RejectedExecutionException stopping) {
            synchronized (this) {
                running--;
                waiting.clear();
            }
        }
    }
}
