package io.duet.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * People who talk at a fixed rate while the benchmark does something else. They have a loop and a thread of their own, so that
 * what the generator does elsewhere delays them no more than the machine's processors do; how late their own timers came is
 * measured too, for that much of the figures is not the server's.
 */
final class Talkers implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Loop loop;
    private final Thread thread;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private Pairs pairs;

    /** What was measured since the interval before. */
    record Interval(Histogram sendToReceive, Histogram generatorLate, long errors) {}

    /** Connects all and begins to talk. */
    Talkers(Target target, List<Population.Two> couples, double messagesPerSecond) throws IOException {
        loop = new Loop();
        final CompletableFuture<Void> talking = new CompletableFuture<>();
        thread = new Thread(
                () -> {
                    try {
                        pairs = new Pairs(loop, target, couples, 100);
                        pairs.keepRate(messagesPerSecond);
                        talking.complete(null);
                        loop.runUntil(ended::isDone, Duration.ofHours(1));
                    } catch (RuntimeException failure) {
                        talking.completeExceptionally(failure);
                        ended.completeExceptionally(failure);
                    }
                },
                "talkers");
        thread.start();
        talking.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** Ends the present interval and begins the next one. */
    Interval interval() {
        return inLoop(() -> {
            final Pair.Measure measure = pairs.measure();
            final Interval interval =
                    new Interval(measure.sendToReceive.copy(), loop.lateness().copy(), measure.errors);
            measure.reset();
            loop.lateness().reset();
            return interval;
        });
    }

    /** Stops talking and waits until every message is done. */
    void settle() {
        inLoop(() -> {
            pairs.settle();
            return null;
        });
    }

    private <T> T inLoop(Supplier<T> work) {
        final CompletableFuture<T> answer = new CompletableFuture<>();
        loop.submit(() -> {
            try {
                answer.complete(work.get());
            } catch (RuntimeException failure) {
                answer.completeExceptionally(failure);
            }
        });
        ended.exceptionally(failure -> {
            answer.completeExceptionally(failure);
            return null;
        });
        try {
            return answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        } catch (CompletionException failure) {
            throw new IllegalStateException("those who talk have failed", failure.getCause());
        }
    }

    @Override
    public void close() throws IOException {
        ended.complete(null);
        try {
            thread.join(PATIENCE.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        loop.close();
    }
}
