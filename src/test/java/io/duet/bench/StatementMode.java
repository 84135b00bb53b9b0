package io.duet.bench;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The ceiling: the statement of the group commit alone, on the same PostgreSQL, without a server: two connections, each with
 * conversations of its own, in full batches. Nothing that stores each message durably here can be faster.
 */
final class StatementMode implements Mode {
    private static final int WRITERS = 2;
    private static final int BATCH = 256;

    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        final List<Population.Two> talks = new Population(target).couples(settings.number("pairs") * WRITERS);
        final AtomicLong done = new AtomicLong();
        final AtomicBoolean stop = new AtomicBoolean();
        final List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            final int share = talks.size() / WRITERS;
            final List<Population.Two> own = talks.subList(i * share, (i + 1) * share);
            final Thread writer = new Thread(() -> append(target, own, settings.number("bytes"), done, stop));
            writer.start();
            writers.add(writer);
        }
        try (Loop loop = new Loop()) {
            loop.runFor(settings.seconds("warmup"));
            final long before = done.get();
            final CpuTimes.Snapshot cpu = target.cpu();
            final long start = System.nanoTime();
            final Progress progress = Progress.of(loop, result, "stored", done::get);
            loop.runFor(settings.seconds("seconds"));
            progress.stop();
            final long stored = done.get() - before;
            result.put("stored_per_second", stored / ((System.nanoTime() - start) / 1e9));
            target.cpu().minus(cpu).into(result, stored);
        } finally {
            stop.set(true);
        }
        writers.forEach(StatementMode::join);
    }

    private static void append(
            Target target, List<Population.Two> talks, int bytes, AtomicLong done, AtomicBoolean stop) {
        final String text = "x".repeat(bytes);
        try (Connection connection = target.connect();
                var settings = connection.createStatement();
                var statement = connection.prepareStatement("SELECT count(*) FROM append_messages(?, ?, ?, ?, ?, ?)")) {
            settings.execute("SET plan_cache_mode = force_generic_plan");
            for (long batch = 1; !stop.get(); batch++) {
                final List<Population.Two> rows = IntStream.range(0, BATCH)
                        .mapToObj(i -> talks.get(ThreadLocalRandom.current().nextInt(talks.size())))
                        .toList();
                statement.setArray(1, uuids(connection, rows.stream().map(row -> UUID.randomUUID())));
                statement.setArray(2, uuids(connection, rows.stream().map(Population.Two::conversationId)));
                statement.setArray(
                        3, uuids(connection, rows.stream().map(row -> row.one().userId())));
                statement.setArray(
                        4, uuids(connection, rows.stream().map(row -> row.one().deviceId())));
                statement.setArray(
                        5,
                        texts(
                                connection,
                                rows.stream().map(row -> UUID.randomUUID().toString())));
                statement.setArray(6, texts(connection, rows.stream().map(row -> text)));
                statement.executeQuery().close();
                done.addAndGet(BATCH);
                if (Long.bitCount(batch) == 1) {
                    settings.execute("DISCARD PLANS");
                }
            }
        } catch (SQLException failure) {
            throw new IllegalStateException("the statement failed", failure);
        }
    }

    private static java.sql.Array uuids(Connection connection, Stream<UUID> values) throws SQLException {
        return connection.createArrayOf("uuid", values.toArray(UUID[]::new));
    }

    private static java.sql.Array texts(Connection connection, Stream<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray(String[]::new));
    }

    private static void join(Thread writer) {
        try {
            writer.join(60_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
