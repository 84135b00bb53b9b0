package io.duet.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SendRateTest {
    private static final UUID ANN = new UUID(1, 1);
    private static final UUID BOB = new UUID(2, 2);

    private final AtomicLong nanos = new AtomicLong();

    private SendRate rate(boolean enabled) {
        return new SendRate(new DuetConfig.Limits(10_000, 131_072, 16, 256, 64, 20, 100, enabled, 50), nanos::get);
    }

    @Test
    void a_burst_then_the_sustained_rate() {
        final SendRate rate = rate(true);
        for (int i = 0; i < 100; i++) {
            assertThat(rate.take(ANN)).isEmpty();
        }
        assertThat(rate.take(ANN)).contains(Duration.ofMillis(50));
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        for (int i = 0; i < 20; i++) {
            assertThat(rate.take(ANN)).isEmpty();
        }
        assertThat(rate.take(ANN)).isPresent();
    }

    @Test
    void silence_never_gives_more_than_a_burst() {
        final SendRate rate = rate(true);
        assertThat(rate.take(ANN)).isEmpty();
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        for (int i = 0; i < 100; i++) {
            assertThat(rate.take(ANN)).isEmpty();
        }
        assertThat(rate.take(ANN)).isPresent();
    }

    @Test
    void each_user_has_a_rate_of_their_own() {
        final SendRate rate = rate(true);
        for (int i = 0; i < 101; i++) {
            rate.take(ANN);
        }
        assertThat(rate.take(ANN)).isPresent();
        assertThat(rate.take(BOB)).isEmpty();
    }

    @Test
    void it_can_be_off() {
        final SendRate rate = rate(false);
        for (int i = 0; i < 1000; i++) {
            assertThat(rate.take(ANN)).isEmpty();
        }
    }
}
