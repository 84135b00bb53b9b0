package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.platform.SteppingClock;
import io.duet.platform.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SignInThrottleDbTest {

    private static final TestDatabase DB = TestDatabase.migrated();
    private static final Duration WINDOW = Duration.ofMinutes(5);

    private final SteppingClock clock = new SteppingClock(Instant.parse("2026-03-01T12:00:00Z"));
    private final SignInThrottle throttle = node();
    private final SignInThrottle other = node();

    private SignInThrottle node() {
        return new SignInThrottle(
                DB.database(), new DuetConfig.SignIn(3, 30, WINDOW, DuetConfig.SignInOrder.LOCAL_FIRST), clock);
    }

    @AfterAll
    static void close() {
        DB.close();
    }

    @BeforeEach
    void forget() {
        DB.execute("TRUNCATE sign_in_failures, sign_in_places");
    }

    private static SignInThrottle.Attempt admitted(SignInThrottle node, String username, String source) {
        SignInThrottle.Admission admission = node.admit(username, source);
        assertThat(admission).isInstanceOf(SignInThrottle.Attempt.class);
        return (SignInThrottle.Attempt) admission;
    }

    private static Optional<Duration> refused(SignInThrottle node, String username, String source) {
        SignInThrottle.Admission admission = node.admit(username, source);
        if (admission instanceof SignInThrottle.Attempt attempt) {
            attempt.close();
            return Optional.empty();
        }
        return Optional.of(((SignInThrottle.Admission.Refused) admission).retryAfter());
    }

    private void fail(String username, String source, int times) {
        for (int i = 0; i < times; i++) {
            try (var attempt = admitted(i % 2 == 0 ? throttle : other, username, source)) {
                attempt.failed();
            }
        }
    }

    private void succeed(String username, String source) {
        try (var attempt = admitted(throttle, username, source)) {
            attempt.succeeded();
        }
    }

    private static long rows(String table) {
        return DB.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT count(*) FROM " + table)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    @Test
    void blocksAnAccountOnEveryNodeAfterItsFailuresWhereverTheyComeFrom() {
        fail("alice", "10.0.0.1", 2);
        fail("alice", "10.0.0.2", 1);
        clock.advance(Duration.ofMinutes(1));
        for (SignInThrottle node : List.of(throttle, other, node())) {
            assertThat(refused(node, "alice", "10.0.0.3")).contains(Duration.ofMinutes(4));
            assertThat(refused(node, "bob", "10.0.0.1")).isEmpty();
        }
    }

    @Test
    void opensWhenTheWindowIsOver() {
        fail("alice", "10.0.0.1", 3);
        clock.advance(WINDOW.minusMillis(1));
        assertThat(refused(throttle, "alice", "10.0.0.1")).contains(Duration.ofMillis(1));
        clock.advance(Duration.ofMillis(1));
        fail("alice", "10.0.0.1", 3);
        assertThat(refused(throttle, "alice", "10.0.0.1")).contains(WINDOW);
    }

    @Test
    void refusedAttemptsDoNotProlongTheWait() {
        fail("alice", "10.0.0.1", 3);
        clock.advance(Duration.ofMinutes(4));
        for (int i = 0; i < 20; i++) {
            assertThat(refused(other, "alice", "10.0.0.1")).contains(Duration.ofMinutes(1));
        }
        clock.advance(Duration.ofMinutes(1));
        assertThat(refused(throttle, "alice", "10.0.0.1")).isEmpty();
    }

    @Test
    void successClearsTheAccount() {
        fail("alice", "10.0.0.1", 2);
        succeed("alice", "10.0.0.1");
        fail("alice", "10.0.0.2", 3);
        assertThat(refused(throttle, "alice", "10.0.0.2")).isPresent();
    }

    @Test
    void aStrangerWhoKeepsFailingDoesNotLockOutWhoSignsInFromHerOwnPlace() {
        succeed("alice", "10.0.0.1");
        fail("alice", "10.0.0.2", 3);
        assertThat(refused(throttle, "alice", "10.0.0.3"))
                .as("from a new place")
                .isPresent();
        succeed("alice", "10.0.0.1");
        assertThat(refused(throttle, "alice", "10.0.0.2")).as("the stranger").isPresent();

        fail("alice", "10.0.0.1", 3);
        assertThat(refused(throttle, "alice", "10.0.0.1"))
                .as("nor are there more guesses there")
                .isPresent();
        clock.advance(Duration.ofDays(91));
        fail("alice", "10.0.0.2", 3);
        assertThat(refused(throttle, "alice", "10.0.0.1"))
                .as("a place is forgotten")
                .isPresent();
    }

    @Test
    void aSignInThatIsRightAtOnceWritesNoFailureAndItsPlaceOnceADay() {
        succeed("alice", "10.0.0.1");
        assertThat(rows("sign_in_failures")).isZero();
        String first = seen();
        clock.advance(Duration.ofHours(23));
        succeed("alice", "10.0.0.1");
        assertThat(seen()).isEqualTo(first);
        clock.advance(Duration.ofHours(2));
        succeed("alice", "10.0.0.1");
        assertThat(seen()).isNotEqualTo(first);
    }

    private static String seen() {
        return DB.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT seen_at FROM sign_in_places")) {
                row.next();
                return row.getString(1);
            }
        });
    }

    @Test
    void whatNeitherFailsNorSucceedsDoesNotCount() {
        fail("alice", "10.0.0.1", 2);
        for (int i = 0; i < 10; i++) {
            admitted(throttle, "alice", "10.0.0.1").close();
        }
        fail("alice", "10.0.0.1", 1);
        assertThat(refused(throttle, "alice", "10.0.0.1")).isPresent();
        assertThat(refused(throttle, "bob", "10.0.0.1")).isEmpty();
    }

    @Test
    void blocksASourceAfterItsFailuresOverAllAccounts() {
        for (int i = 0; i < 30; i++) {
            fail("user" + i, "10.0.0.1", 1);
        }
        assertThat(refused(other, "another", "10.0.0.1")).contains(WINDOW);
        assertThat(refused(other, "another", "10.0.0.2")).isEmpty();
    }

    @Test
    void successesDoNotFillTheSource() {
        for (int i = 0; i < 40; i++) {
            fail("user", "10.0.0.1", i % 10 == 0 ? 1 : 0);
            succeed("user", "10.0.0.1");
        }
        assertThat(refused(throttle, "another", "10.0.0.1")).isEmpty();
    }

    @Test
    void countsANetworkOfIpv6AsOneSource() {
        for (int i = 0; i < 30; i++) {
            fail("user" + i, "2001:db8:1:2:3:4:5:" + i, 1);
        }
        assertThat(refused(throttle, "another", "2001:db8:1:2:ffff::1")).isPresent();
        assertThat(refused(throttle, "another", "2001:db8:1:3::1")).isEmpty();
        assertThat(refused(throttle, "another", "0:0:0:0:0:0:0:1%lo")).isEmpty();
        assertThat(refused(throttle, "another", "nonsense:of a proxy")).isEmpty();
    }

    @Test
    void simultaneousGuessesOnTwoNodesExceedTheLimitByOnePerNodeAtMost() throws Exception {
        int guesses = 32;
        var barrier = new CyclicBarrier(guesses);
        var pool = Executors.newFixedThreadPool(guesses);
        try {
            List<Callable<Boolean>> tasks = IntStream.range(0, guesses)
                    .mapToObj(i -> (Callable<Boolean>) () -> {
                        barrier.await();
                        if ((i % 2 == 0 ? throttle : other).admit("alice", "10.0.0.1")
                                instanceof SignInThrottle.Attempt attempt) {
                            barrier.await();
                            attempt.failed();
                            attempt.close();
                            return true;
                        }
                        barrier.await();
                        return false;
                    })
                    .toList();
            assertThat(pool.invokeAll(tasks))
                    .extracting(Future::get)
                    .filteredOn(admitted -> admitted)
                    .hasSizeBetween(3, 5);
        } finally {
            pool.shutdownNow();
        }
        assertThat(refused(throttle, "alice", "10.0.0.2")).isPresent();
    }

    @Test
    void forgetsWhatIsOverAndKeepsNoNames() {
        fail("hunter2-typed-as-name", "10.0.0.1", 2);
        assertThat(rows("sign_in_failures WHERE encode(subject, 'escape') LIKE '%hunter%'"))
                .isZero();
        clock.advance(WINDOW.plusMinutes(2));
        fail("bob", "10.0.0.2", 1);
        assertThat(rows("sign_in_failures")).isEqualTo(2);
    }

    @Test
    void keepsThoseThatFailedMostWhenThereAreTooMany() {
        var failures = new SignInFailures(DB.database());
        Instant now = clock.instant();
        for (int i = 1; i <= 9; i++) {
            for (int j = 0; j < i; j++) {
                failures.add(new byte[] {(byte) i}, 100, now, now.plus(WINDOW));
            }
        }
        failures.tidy(now, 4, now);
        assertThat(rows("sign_in_failures")).isEqualTo(4);
        assertThat(rows("sign_in_failures WHERE failures >= 6")).isEqualTo(4);
    }
}
