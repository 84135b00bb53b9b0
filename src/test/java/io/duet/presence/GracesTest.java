package io.duet.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GracesTest {
    private static final Duration LENGTH = Duration.ofMillis(300);

    private final ScheduledThreadPoolExecutor scheduler =
            (ScheduledThreadPoolExecutor) Executors.newScheduledThreadPool(1);
    private final List<Graces.Grace> ended = new CopyOnWriteArrayList<>();
    private final Graces graces = new Graces(LENGTH, scheduler, ended::add);

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    @Test
    void eachEndsAfterItsTimeAndInTheOrderOfTheirBeginnings() throws Exception {
        HeldScheduler held = HeldScheduler.hold(scheduler);
        List<UUID> users = Stream.generate(UUID::randomUUID).limit(1000).toList();
        users.forEach(user -> graces.begin(user, UUID.randomUUID(), Instant.EPOCH));
        assertThat(scheduler.getQueue()).as("timers for all of them").hasSize(1);
        held.release();

        await().atMost(Duration.ofSeconds(10)).until(() -> ended.size() == users.size());

        assertThat(ended).extracting(Graces.Grace::userId).containsExactlyElementsOf(users);
        assertThat(ended)
                .allSatisfy(grace ->
                        assertThat(System.nanoTime() - grace.beganNanos()).isGreaterThanOrEqualTo(LENGTH.toNanos()));
    }

    @Test
    void oneThatBeginsWhenAllHaveEndedEndsToo() {
        for (int i = 1; i <= 3; i++) {
            int expected = i;
            graces.begin(UUID.randomUUID(), UUID.randomUUID(), Instant.EPOCH);
            await().atMost(Duration.ofSeconds(10)).until(() -> ended.size() == expected);
        }
    }

    @Test
    void afterTheStopNoTimerIsLeft() throws Exception {
        scheduler.setRemoveOnCancelPolicy(true);
        HeldScheduler.hold(scheduler);
        graces.begin(UUID.randomUUID(), UUID.randomUUID(), Instant.EPOCH);
        assertThat(scheduler.getQueue()).hasSize(1);

        graces.stop();
        graces.begin(UUID.randomUUID(), UUID.randomUUID(), Instant.EPOCH);

        assertThat(scheduler.getQueue()).isEmpty();
    }

    @Test
    void aSchedulerThatStopsIsNoError() {
        scheduler.shutdownNow();

        graces.begin(UUID.randomUUID(), UUID.randomUUID(), Instant.EPOCH);

        assertThat(ended).isEmpty();
    }
}
