package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LimitedParallelismTest {
    private final Deque<Runnable> whole = new ArrayDeque<>();
    private final List<String> done = new ArrayList<>();
    private final LimitedParallelism two = new LimitedParallelism(whole::add, 2);

    private void runOne() {
        whole.remove().run();
    }

    @Test
    void neverHasMoreInTheWholeThanItMay() {
        for (String name : List.of("a", "b", "c", "d")) {
            two.execute(() -> done.add(name));
        }
        assertThat(whole).hasSize(2);
        runOne();
        assertThat(whole).hasSize(2);
        runOne();
        runOne();
        runOne();
        assertThat(done).containsExactly("a", "b", "c", "d");
    }

    @Test
    void othersOfTheWholeHaveTheirTurnBetweenTwoTasks() {
        final LimitedParallelism one = new LimitedParallelism(whole::add, 1);
        one.execute(() -> done.add("a"));
        one.execute(() -> done.add("b"));
        whole.add(() -> done.add("other"));
        while (!whole.isEmpty()) {
            runOne();
        }
        assertThat(done).containsExactly("a", "other", "b");
    }

    @Test
    void aTaskThatFailsDoesNotHoldUpTheNext() {
        final LimitedParallelism one = new LimitedParallelism(whole::add, 1);
        one.execute(() -> {
            throw new IllegalStateException("expected");
        });
        one.execute(() -> done.add("b"));
        assertThatThrownBy(this::runOne).hasMessage("expected");
        runOne();
        assertThat(done).containsExactly("b");
    }

    @Test
    void refusesAsTheWholeDoes() {
        final LimitedParallelism refused = new LimitedParallelism(
                task -> {
                    throw new RejectedExecutionException();
                },
                1);
        assertThatThrownBy(() -> refused.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> refused.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void manyThreadsLoseNoTaskAndNeverExceedTheLimit() throws InterruptedException {
        final ExecutorService threads = Executors.newFixedThreadPool(8);
        final LimitedParallelism three = new LimitedParallelism(threads, 3);
        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final CountDownLatch all = new CountDownLatch(20_000);
        for (int i = 0; i < 20_000; i++) {
            three.execute(() -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                now.decrementAndGet();
                all.countDown();
            });
        }
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        threads.shutdown();
        assertThat(most.get()).isLessThanOrEqualTo(3);
    }
}
