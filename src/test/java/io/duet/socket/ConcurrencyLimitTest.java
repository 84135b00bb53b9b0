package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {
    private static final Duration TARGET = Duration.ofMillis(5);
    private static final long QUICK = Duration.ofMillis(1).toNanos();
    private static final long SLOW = Duration.ofMillis(50).toNanos();

    private final ConcurrencyLimit limit = new ConcurrencyLimit(8, 64, TARGET);

    private void observe(long waitedNanos, int times) {
        for (int i = 0; i < times; i++) {
            limit.observe(waitedNanos);
        }
    }

    @Test
    void growsToTheMostWhileNobodyWaits() {
        observe(QUICK, 100);
        assertThat(limit.current()).isEqualTo(64);
    }

    @Test
    void shrinksToTheLeastWhileAllWaitAndNeverBelow() {
        observe(SLOW, 1000);
        assertThat(limit.current()).isEqualTo(8);
    }

    @Test
    void recoversAfterItWasAtTheLeast() {
        observe(SLOW, 1000);
        observe(QUICK, 200);
        assertThat(limit.current()).isEqualTo(64);
    }

    @Test
    void shrinksFasterThanItGrows() {
        final int begin = limit.current();
        observe(SLOW, 5);
        final int down = begin - limit.current();
        final int low = limit.current();
        observe(QUICK, 5);
        assertThat(limit.current() - low).isBetween(1, down - 1);
    }

    @Test
    void oneSlowObservationAmongQuickOnesDoesNotCount() {
        final int begin = limit.current();
        observe(QUICK, 2);
        observe(SLOW, 1);
        observe(QUICK, 2);
        assertThat(limit.current()).isGreaterThan(begin);
    }

    @Test
    void theMostMayBeLessThanTheLeast() {
        final ConcurrencyLimit one = new ConcurrencyLimit(8, 1, TARGET);
        assertThat(one.current()).isEqualTo(1);
        for (int i = 0; i < 100; i++) {
            one.observe(i % 2 == 0 ? SLOW : QUICK);
        }
        assertThat(one.current()).isEqualTo(1);
    }
}
