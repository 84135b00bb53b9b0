package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CoalescerTest {
    private final List<List<Integer>> batches = new ArrayList<>();
    private final List<CompletableFuture<Void>> underWay = new ArrayList<>();

    private CompletionStage<?> flush(List<Integer> batch) {
        batches.add(List.copyOf(batch));
        var done = new CompletableFuture<Void>();
        underWay.add(done);
        return done;
    }

    @Test
    void whatComesWhileABatchIsUnderWayGoesOutTogether() {
        var coalescer = new Coalescer<>(10, 3, this::flush);
        var first = coalescer.add(1).toCompletableFuture();
        for (int i = 2; i <= 6; i++) {
            coalescer.add(i);
        }
        assertThat(batches).containsExactly(List.of(1));
        assertThat(first).isNotDone();
        underWay.get(0).complete(null);
        assertThat(first).isCompleted();
        underWay.get(1).complete(null);
        underWay.get(2).complete(null);
        assertThat(batches).containsExactly(List.of(1), List.of(2, 3, 4), List.of(5, 6));
    }

    @Test
    void aFailureFailsItsBatchOnly() {
        var coalescer = new Coalescer<>(10, 10, this::flush);
        var first = coalescer.add(1).toCompletableFuture();
        var second = coalescer.add(2).toCompletableFuture();
        underWay.get(0).completeExceptionally(new IllegalStateException("first"));
        underWay.get(1).complete(null);
        assertThatThrownBy(first::join).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(second).isCompleted();
    }

    @Test
    void aFlushThatThrowsDoesNotStopTheNextOne() {
        var calls = new AtomicInteger();
        var coalescer = new Coalescer<Integer>(10, 10, batch -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("first");
            }
            return CompletableFuture.completedFuture(null);
        });
        assertThat(coalescer.add(1).toCompletableFuture()).isCompletedExceptionally();
        assertThat(coalescer.add(2).toCompletableFuture()).isCompleted();
    }

    @Test
    void whatIsTooMuchIsRefusedAtOnceAndLaterThereIsRoomAgain() {
        var coalescer = new Coalescer<>(2, 10, this::flush);
        coalescer.add(1);
        coalescer.add(2);
        coalescer.add(3);
        assertThatThrownBy(() -> coalescer.add(4).toCompletableFuture().join())
                .hasCauseInstanceOf(RejectedExecutionException.class);
        underWay.get(0).complete(null);
        assertThat(coalescer.add(5).toCompletableFuture()).isNotDone();
        underWay.get(1).complete(null);
        assertThat(batches).containsExactly(List.of(1), List.of(2, 3), List.of(5));
    }

    @Test
    void fromManyThreadsEverythingGoesOutOnceOneBatchAtATime() throws Exception {
        int threads = 8;
        int perThread = 20_000;
        var pool = Executors.newFixedThreadPool(threads + 1);
        var atOnce = new AtomicInteger();
        var most = new AtomicInteger();
        var sum = new AtomicInteger();
        var coalescer = new Coalescer<Integer>(threads * perThread, 64, batch -> {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            Runnable end = () -> {
                sum.addAndGet(batch.size());
                atOnce.decrementAndGet();
            };
            if (batch.size() % 2 == 0) {
                return CompletableFuture.runAsync(end, pool);
            }
            end.run();
            return CompletableFuture.completedFuture(null);
        });
        var left = new CountDownLatch(threads * perThread);
        for (int t = 0; t < threads; t++) {
            pool.execute(() -> {
                for (int i = 0; i < perThread; i++) {
                    coalescer.add(i).thenRun(left::countDown);
                }
            });
        }
        assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
        pool.shutdownNow();
        assertThat(sum).hasValue(threads * perThread);
        assertThat(most).hasValue(1);
    }
}
