package io.duet.system.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.checker.Checker;
import io.duet.checker.Settings;
import io.duet.checker.Verdict;
import io.duet.system.TestServer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One of two databases stands still, and what is in the other goes on for all that time. */
class DividedDatabaseTrial {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static DividedSite site;
    private static Checker checker;

    @BeforeAll
    static void start() {
        site = new DividedSite(Map.of(
                "duet.rate-limit.enabled",
                "false",
                "duet.message-log.deadline",
                "PT3S",
                "duet.presence.grace",
                "PT2S",
                "DUET_DB_POOL_SIZE",
                "16",
                "DUET_SERVER_THREADS",
                "64"));
        checker = Checker.begin(Settings.parse("users=12&messages=0&rate=120&seed=5&file=target/system/divided.txt")
                .at(site.addresses()));
    }

    @AfterAll
    static void stop() {
        checker.close();
        site.close();
    }

    @Test
    void pausedShard() {
        survivesStandstillOf("shard 1 paused", site.second(), site.home());
        assertThat(site.nodes()).allMatch(TestServer::isReady);
    }

    @Test
    void pausedHome() {
        survivesStandstillOf("the home database paused", site.home(), site.second());
        await().atMost(SOON).untilAsserted(() -> assertThat(site.nodes()).allMatch(TestServer::isReady));
    }

    private static void survivesStandstillOf(String name, DatabaseServer still, DatabaseServer other) {
        checker.load();
        checker.awaitConfirmed(150);
        checker.note(name);
        try (Bystander bystander = new Bystander(site)) {
            still.freeze();
            goesOnFor(Lengths.of(20, 90), bystander, other, still);
        } finally {
            still.thaw();
        }
        checker.note(name + " is over");
        long before = messagesIn(still);
        await().atMost(SOON).until(() -> messagesIn(still) > before + 20);
        checker.awaitConfirmed(150);
        checker.settleAt(user -> -1);
        Verdict verdict = checker.decide();
        System.out.println(name + ": " + verdict);
        assertThat(verdict.kept()).as("%s: %s", name, verdict).isTrue();
    }

    /** For those who are connected and stay. While the home database stands still nobody comes in, so the checker's people become fewer. */
    private static void goesOnFor(Duration time, Bystander bystander, DatabaseServer going, DatabaseServer still) {
        long begun = System.nanoTime();
        long first = messagesIn(going);
        Duration slowest = Duration.ZERO;
        while (System.nanoTime() - begun < time.toNanos()) {
            Duration took = bystander.exchange(going, still);
            slowest = took.compareTo(slowest) > 0 ? took : slowest;
        }
        System.out.printf("%d messages in %s, the slowest took %s%n", messagesIn(going) - first, time, slowest);
        assertThat(slowest).isLessThan(LONGEST);
    }

    private static long messagesIn(DatabaseServer database) {
        return database.count("SELECT count(*) FROM messages");
    }
}
