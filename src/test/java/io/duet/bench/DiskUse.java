package io.duet.bench;

import io.duet.config.DuetConfig;
import io.duet.message.Acknowledgement;
import io.duet.message.AppendOutcome;
import io.duet.message.MessageLog;
import io.duet.message.Talk;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How many bytes one message takes on PostgreSQL's disk, by table and index, and in its write-ahead log, with 1, 2 and 3 devices
 * that get and acknowledge it. For docs/capacity.md.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test -Dexec.mainClass=io.duet.bench.DiskUse</pre>
 *
 * <p>Optional arguments: messages (100,000), characters of a message (100).
 */
public final class DiskUse {
    private static final int CONVERSATIONS = 500;
    private static final int ROUNDS = 10;
    private static final int UNDER_WAY = 1024;

    private final int messages;
    private final String text;

    private DiskUse(int messages, int characters) {
        this.messages = messages;
        this.text = "x".repeat(characters);
    }

    public static void main(String[] arguments) {
        int messages = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        int characters = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
        var measurement = new DiskUse(messages, characters);
        for (int devices = 1; devices <= 3; devices++) {
            measurement.run(devices);
        }
        System.exit(0);
    }

    private void run(int devices) {
        try (TestDatabase database = TestDatabase.migrated()) {
            List<Talk> talks = Stream.generate(() -> Talk.in(database, devices))
                    .limit(CONVERSATIONS)
                    .toList();
            database.execute("VACUUM ANALYZE");
            database.execute("CHECKPOINT");
            Map<String, Long> before = sizes(database);
            long logBefore = log(database);
            try (var log = new MessageLog(
                    database.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry())) {
                for (int round = 0; round < ROUNDS; round++) {
                    store(log, talks, messages / ROUNDS);
                    database.execute("VACUUM"); // as autovacuum does, now and then
                }
            }
            long logAfter = log(database);
            System.out.printf("%d devices, %d characters: bytes a message%n", devices, text.length());
            Map<String, Long> after = sizes(database);
            after.forEach((name, size) -> {
                double each = (size - before.getOrDefault(name, 0L)) / (double) messages;
                if (each >= 1) {
                    System.out.printf("  %-56s %7.0f%n", name, each);
                }
            });
            System.out.printf("  %-56s %7.0f%n", "all", (sum(after) - sum(before)) / (double) messages);
            System.out.printf("  %-56s %7.0f%n", "write-ahead log", (logAfter - logBefore) / (double) messages);
        }
    }

    private static long sum(Map<String, Long> sizes) {
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Each message is acknowledged by each device with an acknowledgement of its own. */
    private void store(MessageLog log, List<Talk> talks, int count) {
        var permits = new Semaphore(UNDER_WAY);
        IntStream.range(0, count).forEach(i -> {
            permits.acquireUninterruptibly();
            Talk talk = talks.get(i % talks.size());
            log.append(talk.fromAlice(UUID.randomUUID().toString(), text))
                    .thenCompose(outcome -> CompletableFuture.allOf(talk.bobDevices().stream()
                            .map(device -> new Acknowledgement.UpTo(
                                    device,
                                    talk.bob(),
                                    talk.conversationId(),
                                    ((AppendOutcome.Stored) outcome).message().sequenceNumber()))
                            .map(log::acknowledge)
                            .map(stage -> stage.toCompletableFuture())
                            .toArray(CompletableFuture<?>[]::new)))
                    .whenComplete((done, failure) -> permits.release());
        });
        permits.acquireUninterruptibly(UNDER_WAY);
    }

    private static final String SIZES = """
            SELECT relname, pg_relation_size(oid) + CASE relkind WHEN 'r' THEN pg_relation_size(oid, 'fsm')
              + pg_relation_size(oid, 'vm') + coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0) ELSE 0 END
            FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
            """;

    private static Map<String, Long> sizes(TestDatabase database) {
        return database.database().query(connection -> {
            var sizes = new TreeMap<String, Long>();
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(SIZES)) {
                while (row.next()) {
                    sizes.put(row.getString(1), row.getLong(2));
                }
            }
            return sizes;
        });
    }

    private static long log(TestDatabase database) {
        return database.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")) {
                if (!row.next()) {
                    throw new SQLException("no answer");
                }
                return row.getLong(1);
            }
        });
    }
}
