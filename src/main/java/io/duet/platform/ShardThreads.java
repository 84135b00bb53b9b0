package io.duet.platform;

import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads on which one shard is asked while others are, so that one that hangs takes no others' threads. Beyond those that work and wait a question
 * fails at once.
 */
final class ShardThreads {
    private static final int THREADS = 8;
    private static final int WAITING = 256;
    private static final int IDLE_S = 30;

    private final ThreadPoolExecutor threads;

    ShardThreads(ThreadFactory factory) {
        threads = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_S, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING), factory);
        threads.allowCoreThreadTimeOut(true);
    }

    /** Runs the task, or cancels it at once where too many wait. */
    void execute(FutureTask<?> task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            task.cancel(false);
        }
    }

    void close() {
        threads.shutdownNow();
    }
}
