package io.duet.bench;

import io.duet.config.DuetConfig;
import io.duet.config.TestConfig;
import io.duet.message.Acknowledgement;
import io.duet.message.AppendOutcome;
import io.duet.message.MessageLog;
import io.duet.message.Talk;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How many messages a second the log stores in PostgreSQL alone (no server, no sockets), each with one inbox entry, compared
 * with the same statement used one message a transaction. Ratios count; absolute values depend on the machine.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test -Dexec.mainClass=io.duet.bench.MessageLogBenchmark</pre>
 *
 * <p>Optional arguments: seconds a run (8), conversations (500), messages under way (2048).
 */
public final class MessageLogBenchmark {
    private static final int CLIENTS = 16;
    private static final int BATCH = 256;
    private static final String TEXT = "x".repeat(100);

    private final TestDatabase database = TestDatabase.migrated();
    private final Duration time;
    private final int conversations;
    private final int underWay;
    private double reference;
    private List<Talk> talks;

    private MessageLogBenchmark(int seconds, int conversations, int underWay) {
        time = Duration.ofSeconds(seconds);
        this.conversations = conversations;
        talks = fresh();
        this.underWay = underWay;
    }

    private List<Talk> fresh() {
        return Stream.generate(() -> Talk.in(database, 1)).limit(conversations).toList();
    }

    public static void main(String[] arguments) throws Exception {
        int[] values = {8, 500, 2048};
        for (int i = 0; i < arguments.length; i++) {
            values[i] = Integer.parseInt(arguments[i]);
        }
        new MessageLogBenchmark(values[0], values[1], values[2]).run();
        System.exit(0);
    }

    private void run() throws Exception {
        System.out.printf("%-52s %10s %7s %16s%n", "", "messages/s", "ratio", "PostgreSQL CPU");
        bare("one message a transaction, 16 connections", CLIENTS, 1);
        bare("one message a transaction, 16 connections, again", CLIENTS, 1);
        bare("bare statement, batches of 256, 1 connection", 1, BATCH);
        log("message log, 1 writer", 1, false);
        log("message log, 2 writers", 2, false);
        log("message log, 1 writer, each acknowledged", 1, true);
        log("message log, 2 writers, each acknowledged", 2, true);
        database.close();
    }

    private void bare(String name, int connections, int batch) throws Exception {
        var done = new AtomicLong();
        var stop = new AtomicBoolean();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < connections; i++) {
            var thread = new Thread(() -> append(batch, done, stop));
            thread.start();
            threads.add(thread);
        }
        measure(name, done::get);
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void append(int batch, AtomicLong done, AtomicBoolean stop) {
        database.database().query(connection -> {
            try (var statement =
                    connection.prepareStatement("SELECT count(*) FROM append_messages(?, ?, ?, ?, ?, ?)")) {
                while (!stop.get()) {
                    List<Talk> rows =
                            IntStream.range(0, batch).mapToObj(i -> anyTalk()).toList();
                    statement.setArray(1, uuids(connection, rows.stream().map(t -> UUID.randomUUID())));
                    statement.setArray(2, uuids(connection, rows.stream().map(Talk::conversationId)));
                    statement.setArray(3, uuids(connection, rows.stream().map(Talk::alice)));
                    statement.setArray(4, uuids(connection, rows.stream().map(Talk::aliceDevice)));
                    statement.setArray(5, texts(connection, rows.stream().map(t -> newId())));
                    statement.setArray(6, texts(connection, rows.stream().map(t -> TEXT)));
                    statement.executeQuery().close();
                    done.addAndGet(batch);
                }
                return null;
            }
        });
    }

    private static java.sql.Array uuids(Connection connection, Stream<UUID> values) throws SQLException {
        return connection.createArrayOf("uuid", values.toArray(UUID[]::new));
    }

    private static java.sql.Array texts(Connection connection, Stream<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray(String[]::new));
    }

    private void log(String name, int writers, boolean acknowledged) throws Exception {
        var done = new AtomicLong();
        var stop = new AtomicBoolean();
        var permits = new Semaphore(underWay);
        talks = fresh(); // nothing is pending from the runs before
        DuetConfig config = TestConfig.with(new DuetConfig.MessageLog(writers, BATCH, 8192, Duration.ofSeconds(30)));
        try (var log = new MessageLog(database.database(), config, Thread::new, new SimpleMeterRegistry())) {
            var sender = new Thread(() -> {
                while (!stop.get()) {
                    permits.acquireUninterruptibly();
                    send(log, anyTalk(), acknowledged, () -> {
                        done.incrementAndGet();
                        permits.release();
                    });
                }
            });
            sender.start();
            measure(name, done::get);
            stop.set(true);
            sender.join();
        }
    }

    private static void send(MessageLog log, Talk talk, boolean acknowledged, Runnable done) {
        log.append(talk.fromAlice(newId(), TEXT)).thenAccept(outcome -> {
            if (!acknowledged || !(outcome instanceof AppendOutcome.Stored stored)) {
                done.run();
                return;
            }
            var ack = new Acknowledgement.UpTo(
                    talk.bobDevice(),
                    talk.bob(),
                    talk.conversationId(),
                    stored.message().sequenceNumber());
            log.acknowledge(ack).thenRun(done);
        });
    }

    private void measure(String name, Supplier<Long> done) throws InterruptedException {
        Thread.sleep(time.toMillis() / 4);
        long startCount = done.get();
        Map<Long, Duration> startCpu = backends();
        long start = System.nanoTime();
        Thread.sleep(time.toMillis());
        double seconds = (System.nanoTime() - start) / 1e9;
        long count = done.get() - startCount;
        double cpuMicros = backends().entrySet().stream()
                .mapToDouble(backend -> backend.getValue()
                                .minus(startCpu.getOrDefault(backend.getKey(), Duration.ZERO))
                                .toNanos()
                        / 1e3)
                .sum();
        double rate = count / seconds;
        reference = reference == 0 ? rate : reference;
        System.out.printf("%-52s %10.0f %7.2f %9.0f us each%n", name, rate, rate / reference, cpuMicros / count);
    }

    /** CPU time of the processes that serve this database; over a connection of its own, as the pool may be used up. */
    private Map<Long, Duration> backends() {
        try (var connection = DriverManager.getConnection(database.jdbcUrl(), "postgres", "");
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")) {
            var pids = new ArrayList<Long>();
            while (row.next()) {
                pids.add(row.getLong(1));
            }
            return pids.stream().collect(Collectors.toMap(pid -> pid, MessageLogBenchmark::cpuTime));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Duration cpuTime(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }

    private Talk anyTalk() {
        return talks.get(ThreadLocalRandom.current().nextInt(talks.size()));
    }

    private static String newId() {
        return UUID.randomUUID().toString();
    }
}
