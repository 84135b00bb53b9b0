package io.duet.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Keeps a scheduler of one thread busy, so that no grace ends while a test looks at it, however slow this machine is. */
final class HeldScheduler {
    private final CountDownLatch end = new CountDownLatch(1);

    private HeldScheduler() {}

    /** Returns when the scheduler is held. */
    static HeldScheduler hold(ScheduledExecutorService scheduler) throws InterruptedException {
        var held = new HeldScheduler();
        var begun = new CountDownLatch(1);
        scheduler.execute(() -> {
            begun.countDown();
            held.await();
        });
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        return held;
    }

    private void await() {
        try {
            end.await();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    void release() {
        end.countDown();
    }
}
