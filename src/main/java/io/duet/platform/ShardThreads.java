package io.duet.platform;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The threads on which one of several databases is asked, so that one that hangs takes no others' threads. Beyond those that work and wait a question
 * fails at once. So it does while the database stands still: when two have waited in vain nobody else does, until something is
 * answered, if only what is asked here to find out.
 */
final class ShardThreads {
    private static final int THREADS = 8;
    private static final int WAITING = 256;
    private static final int IDLE_S = 30;

    /** One alone may be a question that takes long. */
    private static final int IN_VAIN = 2;

    private final ThreadPoolExecutor threads;
    private final String shard;
    private final long patienceNanos;
    private final BooleanSupplier alive;
    private final AtomicBoolean findingOut = new AtomicBoolean();
    private final Map<CompletableFuture<?>, Long> beganNanos = new ConcurrentHashMap<>();
    private volatile long answeredNanos = System.nanoTime();
    private volatile boolean silent;

    /**
     * @param alive asks whether the database answers, and has a deadline
     * @param patience after which a question without an answer has been asked in vain
     */
    ShardThreads(ThreadFactory factory, String shard, BooleanSupplier alive, Duration patience) {
        this.shard = shard;
        this.alive = alive;
        patienceNanos = patience.toNanos();
        threads = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_S, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING), factory);
        threads.allowCoreThreadTimeOut(true);
    }

    /** What comes of the question; whoever does not wait for it any more cancels it. Never blocks. */
    <T> CompletableFuture<T> ask(Supplier<T> question) {
        if (standsStill()) {
            findOut();
            return CompletableFuture.failedFuture(silent(shard));
        }
        var answer = new CompletableFuture<T>();
        try {
            threads.execute(() -> answer(question, answer));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(silent(shard));
        }
        return answer;
    }

    private <T> void answer(Supplier<T> question, CompletableFuture<T> answer) {
        if (answer.isDone()) {
            return;
        }
        beganNanos.put(answer, System.nanoTime());
        try {
            T given = question.get();
            answered();
            answer.complete(given);
        } catch (RuntimeException | Error failure) {
            answer.completeExceptionally(failure);
        } finally {
            beganNanos.remove(answer);
        }
    }

    private void answered() {
        answeredNanos = System.nanoTime();
        silent = false;
    }

    private boolean standsStill() {
        long now = System.nanoTime();
        if (!silent && now - answeredNanos > patienceNanos) {
            silent = beganNanos.values().stream()
                            .filter(began -> now - began > patienceNanos)
                            .count()
                    >= IN_VAIN;
        }
        return silent;
    }

    private void findOut() {
        if (!findingOut.compareAndSet(false, true)) {
            return;
        }
        try {
            threads.execute(() -> {
                try {
                    if (alive.getAsBoolean()) {
                        answered();
                    }
                } finally {
                    findingOut.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            findingOut.set(false);
        }
    }

    static DatabaseException silent(String shard) {
        return new DatabaseException(new TimeoutException("Shard " + shard + " does not answer"));
    }

    void close() {
        threads.shutdownNow();
    }
}
