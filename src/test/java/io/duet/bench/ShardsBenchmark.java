package io.duet.bench;

import io.duet.config.DuetConfig;
import io.duet.message.AppendOutcome;
import io.duet.message.Draft;
import io.duet.message.MessageLog;
import io.duet.platform.Database;
import io.duet.platform.TestShards;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;

/**
 * How many messages a second the log stores, each with one inbox entry, in one PostgreSQL and in two that share this machine. On a machine whose
 * processors one database can use up, the ratio says what the division costs; where each database has processors and a disk of its own, what it gives.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test -Dexec.mainClass=io.duet.bench.ShardsBenchmark</pre>
 *
 * <p>Optional arguments: seconds a run (8), rounds (3), conversations (500), messages under way (2048).
 */
public final class ShardsBenchmark {
    private static final String TEXT = "x".repeat(100);

    private final TestShards shards = TestShards.migrated();
    private final Duration time;
    private final int conversations;
    private final int underWay;
    private double reference;

    private record Side(UUID conversationId, UUID sender, UUID device) {}

    private ShardsBenchmark(int seconds, int conversations, int underWay) {
        time = Duration.ofSeconds(seconds);
        this.conversations = conversations;
        this.underWay = underWay;
    }

    public static void main(String[] arguments) throws Exception {
        int[] values = {8, 3, 500, 2048};
        for (int i = 0; i < arguments.length; i++) {
            values[i] = Integer.parseInt(arguments[i]);
        }
        var benchmark = new ShardsBenchmark(values[0], values[2], values[3]);
        for (int round = 0; round < values[1]; round++) {
            benchmark.round();
        }
        benchmark.shards.close();
        System.exit(0);
    }

    private void round() throws InterruptedException {
        Database alone = shards.home().database();
        Database divided = shards.database();
        measure("one database, no shards known", alone, i -> true);
        measure("the same, asked by a node that knows two", divided, i -> true);
        measure("two databases, half of the conversations in each", divided, i -> i % 2 == 0);
    }

    private List<Side> sides(IntPredicate atHome) {
        List<Side> sides = new ArrayList<>();
        for (int i = 0; i < conversations; i++) {
            UUID sender = shards.person();
            UUID recipient = shards.person();
            shards.device(recipient);
            sides.add(new Side(shards.conversation(atHome.test(i), sender, recipient), sender, shards.device(sender)));
        }
        return sides;
    }

    private void measure(String name, Database database, IntPredicate atHome) throws InterruptedException {
        List<Side> sides = sides(atHome);
        var done = new AtomicLong();
        var stop = new AtomicBoolean();
        var permits = new Semaphore(underWay);
        var random = new Random(1);
        try (var log = new MessageLog(database, DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry())) {
            var sender = new Thread(() -> {
                while (!stop.get()) {
                    permits.acquireUninterruptibly();
                    Side side = sides.get(random.nextInt(sides.size()));
                    String id = UUID.randomUUID().toString();
                    log.append(new Draft(side.conversationId(), side.sender(), side.device(), id, TEXT))
                            .thenAccept(outcome -> {
                                done.addAndGet(outcome instanceof AppendOutcome.Stored ? 1 : 0);
                                permits.release();
                            });
                }
            });
            sender.start();
            Thread.sleep(time.toMillis() / 4);
            long before = done.get();
            long began = System.nanoTime();
            Thread.sleep(time.toMillis());
            double rate = (done.get() - before) / ((System.nanoTime() - began) / 1e9);
            reference = reference == 0 ? rate : reference;
            System.out.printf("%-52s %8.0f messages/s %6.2f%n", name, rate, rate / reference);
            stop.set(true);
            sender.join();
        }
    }
}
