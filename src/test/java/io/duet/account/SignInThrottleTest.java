package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.platform.SteppingClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SignInThrottleTest {

    private static final Duration WINDOW = Duration.ofMinutes(5);

    private final SteppingClock clock = new SteppingClock(Instant.parse("2026-03-01T12:00:00Z"));
    private final SignInThrottle throttle = new SignInThrottle(new DuetConfig.SignIn(3, WINDOW), clock);

    private void fail(String username, String source, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(throttle.begin(username, source)).isEmpty();
        }
    }

    @Test
    void blocksAnAccountAfterItsFailuresWhereverTheyComeFrom() {
        fail("alice", "10.0.0.1", 2);
        fail("alice", "10.0.0.2", 1);
        clock.advance(Duration.ofMinutes(1));
        assertThat(throttle.begin("alice", "10.0.0.3")).contains(Duration.ofMinutes(4));
        assertThat(throttle.blocked("alice", "10.0.0.3")).contains(Duration.ofMinutes(4));
        assertThat(throttle.blocked("bob", "10.0.0.1")).isEmpty();
    }

    @Test
    void opensWhenTheWindowIsOver() {
        fail("alice", "10.0.0.1", 3);
        clock.advance(WINDOW.minusMillis(1));
        assertThat(throttle.blocked("alice", "10.0.0.1")).contains(Duration.ofMillis(1));
        clock.advance(Duration.ofMillis(1));
        fail("alice", "10.0.0.1", 3);
        assertThat(throttle.blocked("alice", "10.0.0.1")).contains(WINDOW);
    }

    @Test
    void refusedAttemptsDoNotProlongTheWait() {
        fail("alice", "10.0.0.1", 3);
        clock.advance(Duration.ofMinutes(4));
        for (int i = 0; i < 20; i++) {
            assertThat(throttle.begin("alice", "10.0.0.1")).contains(Duration.ofMinutes(1));
        }
        clock.advance(Duration.ofMinutes(1));
        assertThat(throttle.blocked("alice", "10.0.0.1")).isEmpty();
    }

    @Test
    void successClearsTheAccount() {
        fail("alice", "10.0.0.1", 2);
        fail("alice", "10.0.0.1", 1);
        throttle.succeeded("alice", "10.0.0.1");
        fail("alice", "10.0.0.1", 3);
        assertThat(throttle.blocked("alice", "10.0.0.1")).isPresent();
    }

    @Test
    void blocksASourceAfterTenTimesAsManyFailuresOverAllAccounts() {
        for (int i = 0; i < 30; i++) {
            fail("user" + i, "10.0.0.1", 1);
        }
        assertThat(throttle.begin("another", "10.0.0.1")).contains(WINDOW);
        assertThat(throttle.blocked("another", "10.0.0.2")).isEmpty();
    }

    @Test
    void successesDoNotFillTheSource() {
        for (int i = 0; i < 100; i++) {
            fail("user" + i, "10.0.0.1", 1);
            throttle.succeeded("user" + i, "10.0.0.1");
        }
        assertThat(throttle.blocked("another", "10.0.0.1")).isEmpty();
    }

    @Test
    void countsANetworkOfIpv6AsOneSource() {
        for (int i = 0; i < 30; i++) {
            fail("user" + i, "2001:db8:1:2:3:4:5:" + i, 1);
        }
        assertThat(throttle.blocked("another", "2001:db8:1:2:ffff::1")).isPresent();
        assertThat(throttle.blocked("another", "2001:db8:1:3::1")).isEmpty();
        assertThat(throttle.blocked("another", "0:0:0:0:0:0:0:1%lo")).isEmpty();
        assertThat(throttle.blocked("another", "nonsense:of a proxy")).isEmpty();
    }
}
