package io.duet.socket;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Observes how long those who are in wait: sends a task of nothing through the executor that their work goes through, a
 * hundred times a second while that is wanted, and tells how long each took to begin. One is under way at a time. Safe for all
 * threads; nothing blocks.
 */
final class DelayProbe {
    private static final Duration DISTANCE = Duration.ofMillis(10);

    private final Executor work;
    private final ScheduledExecutorService scheduler;
    private final BooleanSupplier wanted;
    private final LongConsumer observer;
    private final AtomicBoolean running = new AtomicBoolean();

    /**
     * @param wanted is asked after each observation whether there shall be another one
     * @param observer takes nanoseconds
     */
    DelayProbe(Executor work, ScheduledExecutorService scheduler, BooleanSupplier wanted, LongConsumer observer) {
        this.work = work;
        this.scheduler = scheduler;
        this.wanted = wanted;
        this.observer = observer;
    }

    /** Begins to observe, unless it does already. */
    void start() {
        if (running.compareAndSet(false, true)) {
            send();
        }
    }

    private void send() {
        final long sentNanos = System.nanoTime();
        unlessStopping(() -> work.execute(() -> arrived(sentNanos)));
    }

    private void arrived(long sentNanos) {
        observer.accept(System.nanoTime() - sentNanos);
        if (wanted.getAsBoolean()) {
            unlessStopping(() -> scheduler.schedule(this::send, DISTANCE.toMillis(), TimeUnit.MILLISECONDS));
            return;
        }
        running.set(false);
        if (wanted.getAsBoolean()) {
            start();
        }
    }

    private void unlessStopping(Runnable submission) {
        try {
            submission.run();
        } catch (RejectedExecutionException stopping) {
            running.set(false);
        }
    }
}
