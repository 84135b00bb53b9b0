package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.platform.GroupCommit.Committed;
import io.duet.platform.GroupCommit.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class GroupCommitDbTest {
    private static final TestDatabase DB = TestDatabase.empty();
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<GroupCommit<?, ?>> opened = new ArrayList<>();

    @AfterAll
    static void drop() {
        DB.close();
    }

    @AfterEach
    void close() {
        opened.forEach(GroupCommit::close);
    }

    private GroupCommit<Integer, String> open(
            Duration deadline, int queue, DataSource dataSource, GroupCommit.Work<Integer, String> work) {
        var commits = new GroupCommit<>(
                new Settings("test", 1, 100, queue, deadline),
                work,
                retryAfter -> "unavailable for " + retryAfter,
                dataSource,
                Thread::new,
                meters);
        opened.add(commits);
        return commits;
    }

    private GroupCommit<Integer, String> open(Duration deadline, GroupCommit.Work<Integer, String> work) {
        return open(deadline, 1000, DB.dataSource(), work);
    }

    @Test
    void whatWaitedDuringACommitIsCommittedTogetherAndInOrder() {
        var started = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        List<List<Integer>> batches = new CopyOnWriteArrayList<>();
        var commits = open(LONG, (connection, items) -> {
            batches.add(List.copyOf(items));
            started.countDown();
            await(go);
            return answers(items);
        });

        List<CompletableFuture<String>> replies = new ArrayList<>(List.of(commits.submit("a", 0)));
        await(started);
        IntStream.rangeClosed(1, 250).forEach(i -> replies.add(commits.submit("a", i)));
        go.countDown();

        for (int i = 0; i <= 250; i++) {
            assertThat(get(replies.get(i))).isEqualTo("stored " + i);
        }
        assertThat(batches).extracting(List::size).containsExactly(1, 100, 100, 50);
        assertThat(batches.stream().flatMap(List::stream))
                .containsExactlyElementsOf(IntStream.rangeClosed(0, 250).boxed().toList());
        assertThat(meters.get("duet.commit.batch").summary().totalAmount()).isEqualTo(251);
    }

    @Test
    void aFullQueueAnswersAtOnce() {
        var started = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var commits = open(LONG, 10, DB.dataSource(), (connection, items) -> {
            started.countDown();
            await(go);
            return answers(items);
        });

        List<CompletableFuture<String>> replies = new ArrayList<>(List.of(commits.submit("a", 0)));
        await(started);
        IntStream.rangeClosed(1, 11).forEach(i -> replies.add(commits.submit("a", i)));

        assertThat(replies.get(11)).isCompletedWithValue("unavailable for PT1S");
        assertThat(replies.subList(0, 11)).noneMatch(CompletableFuture::isDone);
        go.countDown();
        for (int i = 0; i <= 10; i++) {
            assertThat(get(replies.get(i))).isEqualTo("stored " + i);
        }
    }

    @Test
    void passingFailuresAreRetriedOnASoundConnection() {
        for (String state : List.of("40001", "40P01", "57P01", "53100")) {
            var attempts = new AtomicInteger();
            var commits = open(LONG, (connection, items) -> {
                if (attempts.incrementAndGet() < 3) {
                    fail(connection, state);
                }
                return answers(items);
            });

            assertThat(get(commits.submit("a", 1))).isEqualTo("stored 1");
            assertThat(attempts).hasValue(3);
        }
    }

    @Test
    void whatThePassingFailureOutlastsIsUnavailableAndNotStoredLater() {
        Duration deadline = Duration.ofSeconds(3);
        var attempts = new AtomicInteger();
        var commits = open(deadline, (connection, items) -> {
            attempts.incrementAndGet();
            fail(connection, "40001");
            return answers(items);
        });

        long start = System.nanoTime();
        assertThat(get(commits.submit("a", 1))).isEqualTo("unavailable for PT5S");

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(deadline, deadline.multipliedBy(2));
        assertThat(attempts).hasValueBetween(2, 20);
        waiting()
                .untilAsserted(() -> assertThat(
                                meters.get("duet.commit.overdue").counter().count())
                        .isEqualTo(1));
    }

    @Test
    void aRefusedItemFailsAloneHoweverManyAreRefused() {
        var go = new CountDownLatch(1);
        List<Integer> stored = new CopyOnWriteArrayList<>();
        var commits = open(LONG, (connection, items) -> {
            await(go);
            if (items.stream().anyMatch(i -> i % 30 == 7)) {
                fail(connection, "23503");
            }
            stored.addAll(items);
            return answers(items);
        });

        List<CompletableFuture<String>> replies =
                IntStream.range(0, 100).mapToObj(i -> commits.submit("a", i)).toList();
        go.countDown();

        for (int i = 0; i < 100; i++) {
            if (i % 30 == 7) {
                assertThat(replies.get(i)).failsWithin(LONG);
            } else {
                assertThat(get(replies.get(i))).isEqualTo("stored " + i);
            }
        }
        assertThat(stored).doesNotHaveDuplicates().isSorted();
        assertThat(meters.get("duet.commit.refused").counter().count()).isEqualTo(4);
    }

    @Test
    void aDefectInTheWorkHitsOneItemOnlyAndTheLaneGoesOn() {
        var commits = open(LONG, (connection, items) -> {
            if (items.contains(2)) {
                throw new IllegalStateException("defect");
            }
            return answers(items);
        });

        List<CompletableFuture<String>> replies =
                IntStream.range(0, 5).mapToObj(i -> commits.submit("a", i)).toList();

        assertThat(replies.get(2)).failsWithin(LONG).withThrowableThat().withMessageContaining("defect");
        for (int i : List.of(0, 1, 3, 4)) {
            assertThat(get(replies.get(i))).isEqualTo("stored " + i);
        }
    }

    @Test
    void withoutADatabaseItemsAreUnavailableAfterTheDeadlineAlsoThoseInTheQueue() throws Exception {
        var commits = open(SHORT, 1000, nobodyThere(), (connection, items) -> answers(items));

        List<CompletableFuture<String>> replies =
                IntStream.range(0, 300).mapToObj(i -> commits.submit("a", i)).toList();

        assertThat(replies).allSatisfy(reply -> assertThat(get(reply)).isEqualTo("unavailable for PT5S"));
    }

    @Test
    void aBlockedWriterDoesNotKeepOthersFromTheirAnswers() {
        var go = new CountDownLatch(1);
        var commits = open(SHORT, (connection, items) -> {
            await(go);
            return answers(items);
        });

        CompletableFuture<String> beingWritten = commits.submit("a", 1);
        CompletableFuture<String> waiting = commits.submit("a", 2);

        assertThat(get(beingWritten)).startsWith("unavailable");
        assertThat(get(waiting)).startsWith("unavailable");
        go.countDown();
    }

    @Test
    void theListenerHearsAlsoOfWhatWasCommittedTooLateToBeAnswered() {
        var go = new CountDownLatch(1);
        List<Committed<Integer, String>> heard = new CopyOnWriteArrayList<>();
        var told = new Semaphore(0);
        var commits = open(SHORT, (connection, items) -> {
            await(go);
            return answers(items);
        });
        commits.onCommitted(batch -> {
            heard.addAll(batch);
            told.release();
        });

        assertThat(get(commits.submit("a", 1))).startsWith("unavailable");
        go.countDown();

        assertThat(tryAcquire(told)).isTrue();
        assertThat(heard).extracting(Committed::outcome).containsExactly("stored 1");
    }

    @Test
    void aListenerThatThrowsCostsNobodyTheAnswer() {
        var commits = open(LONG, (connection, items) -> answers(items));
        commits.onCommitted(batch -> {
            throw new IllegalStateException("defect");
        });

        assertThat(get(commits.submit("a", 1))).isEqualTo("stored 1");
        assertThat(get(commits.submit("a", 2))).isEqualTo("stored 2");
    }

    @Test
    void closingStoresWhatWaitsAndRefusesTheRest() {
        var go = new CountDownLatch(1);
        var commits = open(LONG, (connection, items) -> {
            await(go);
            return answers(items);
        });
        List<CompletableFuture<String>> replies =
                IntStream.range(0, 500).mapToObj(i -> commits.submit("a", i)).toList();

        var closing = new Thread(commits::close);
        closing.start();
        waiting().until(() -> commits.submit("a", -1).getNow("").startsWith("unavailable"));
        go.countDown();

        for (int i = 0; i < 500; i++) {
            assertThat(get(replies.get(i))).isEqualTo("stored " + i);
        }
        join(closing);
    }

    @Test
    void closingWithoutADatabaseDoesNotWaitForIt() throws Exception {
        var commits = open(LONG, 1000, nobodyThere(), (connection, items) -> answers(items));
        List<CompletableFuture<String>> replies =
                IntStream.range(0, 300).mapToObj(i -> commits.submit("a", i)).toList();

        long start = System.nanoTime();
        commits.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG.dividedBy(2));
        assertThat(replies).allSatisfy(reply -> assertThat(reply).isCompleted());
    }

    /** Lets PostgreSQL raise an error of that SQLSTATE. */
    private static void fail(Connection connection, String sqlState) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("DO $$ BEGIN RAISE EXCEPTION 'test' USING ERRCODE = '" + sqlState + "'; END $$");
        }
    }

    private static DataSource nobodyThere() throws Exception {
        var source = new PGSimpleDataSource();
        try (var socket = new ServerSocket(0)) {
            source.setPortNumbers(new int[] {socket.getLocalPort()});
        }
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setUser("postgres");
        return source;
    }

    private static ConditionFactory waiting() {
        return Awaitility.await().atMost(LONG);
    }

    private static List<String> answers(List<Integer> items) {
        return items.stream().map(i -> "stored " + i).toList();
    }

    private static String get(CompletableFuture<String> reply) {
        return reply.orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("too late");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean tryAcquire(Semaphore semaphore) {
        try {
            return semaphore.tryAcquire(LONG.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(LONG.toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertThat(thread.isAlive()).isFalse();
    }
}
