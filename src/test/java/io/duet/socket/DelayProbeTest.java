package io.duet.socket;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DelayProbeTest {
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService work = Executors.newSingleThreadExecutor();
    private final List<Long> observed = new CopyOnWriteArrayList<>();
    private final AtomicBoolean wanted = new AtomicBoolean(true);
    private final DelayProbe probe = new DelayProbe(work, scheduler, wanted::get, observed::add);

    @AfterEach
    void stop() {
        wanted.set(false);
        scheduler.shutdownNow();
        work.shutdownNow();
    }

    @Test
    void observesAgainAndAgainWhileWanted() {
        probe.start();
        probe.start();
        await().atMost(Duration.ofSeconds(10)).until(() -> observed.size() >= 5);
    }

    @Test
    void observesHowLongOthersHaveToWait() {
        final CountDownLatch held = new CountDownLatch(1);
        work.execute(() -> {
            try {
                held.await();
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
        });
        probe.start();
        scheduler.schedule(held::countDown, 100, MILLISECONDS);
        await().atMost(Duration.ofSeconds(10)).until(() -> !observed.isEmpty());
        assertThat(observed.get(0)).isGreaterThan(Duration.ofMillis(50).toNanos());
    }

    @Test
    void endsWhenItIsNotWantedAndBeginsAgain() {
        wanted.set(false);
        probe.start();
        await().atMost(Duration.ofSeconds(10)).until(() -> observed.size() == 1);
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            probe.start();
            return observed.size() >= 2;
        });
    }
}
