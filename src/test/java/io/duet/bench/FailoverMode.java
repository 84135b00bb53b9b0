package io.duet.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * A node is killed with all its devices on it, each of which has messages that it has not acknowledged; people go on writing to
 * them. Every device comes back by another node after the random wait that the server has asked for, and gets what it had
 * not acknowledged and what has come since. Needs two {@code nodes} or more that run on this machine.
 */
final class FailoverMode implements Mode {
    private static final Duration PREPARE = Duration.ofMinutes(3);
    private static final Duration FAILOVER = Duration.ofMinutes(2);
    private static final long RECONNECT_DELAY_MILLIS = 5_000;
    private static final int WRITERS = 100;
    private static final int OUTSTANDING = 2;

    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        if (target.nodeCount() < 2) {
            throw new IllegalArgumentException("failover needs nodes=2 or more");
        }
        final int devices = settings.number("lost-devices");
        final int each = settings.number("pending");
        result.put("devices", devices);
        result.put("pending_each", each);
        try (Loop loop = new Loop()) {
            final Population population = new Population(target);
            final List<Population.Two> talks =
                    population.acquaint(writersOf(population, devices), population.people(devices));
            final Failover failover = new Failover(loop, target, each);
            talks.forEach(talk -> failover.add(talk.other()));
            List<Writer> writers = write(loop, target, talks, each);
            await(loop, () -> failover.have(each), PREPARE, "not every device has its messages");
            writers.forEach(Client::cut);

            final Watch watch = new Watch(target, result);
            failover.begin();
            target.killLast();
            watch.start();
            writers = write(loop, target, talks, each);
            await(loop, failover::over, FAILOVER, "not every device is back");
            failover.report(result);
            watch.end();
            writers.forEach(Client::cut);
            failover.cut();
        }
    }

    private static List<Population.Account> writersOf(Population population, int devices) {
        final List<Population.Account> people = population.people(WRITERS);
        final List<Population.Account> ones = new ArrayList<>();
        for (int i = 0; i < devices; i++) {
            ones.add(people.get(i % WRITERS));
        }
        return ones;
    }

    /** All at the first node, which stays. */
    private static List<Writer> write(Loop loop, Target target, List<Population.Two> talks, int each) {
        final Map<Population.Account, List<UUID>> perWriter = new HashMap<>();
        talks.forEach(talk ->
                perWriter.computeIfAbsent(talk.one(), one -> new ArrayList<>()).add(talk.conversationId()));
        final List<Writer> writers = new ArrayList<>();
        perWriter.forEach(
                (account, conversations) -> writers.add(new Writer(loop, account, conversations, each, OUTSTANDING)));
        writers.forEach(writer -> writer.connect(target.node(0), null));
        return writers;
    }

    private static void await(Loop loop, BooleanSupplier condition, Duration within, String otherwise) {
        if (!loop.runUntil(condition, within)) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** The devices of the node that is killed. */
    private static final class Failover {
        private final Loop loop;
        private final Target target;
        private final int each;
        private final List<Lost> all = new ArrayList<>();
        private final Histogram noticed = Result.histogram();
        private final Histogram dialToCaughtUp = Result.histogram();
        private final Histogram killToCaughtUp = Result.histogram();
        private long killNanos;

        Failover(Loop loop, Target target, int each) {
            this.loop = loop;
            this.target = target;
            this.each = each;
        }

        void add(Population.Account account) {
            final Lost lost = new Lost(account);
            all.add(lost);
            lost.connect(target.node(target.nodeCount() - 1), null);
        }

        boolean have(int messages) {
            return all.stream().allMatch(lost -> lost.newest >= messages);
        }

        void begin() {
            killNanos = System.nanoTime();
        }

        boolean over() {
            return killToCaughtUp.getTotalCount() == all.size();
        }

        void report(Result result) {
            result.latency("kill_to_noticed", noticed);
            result.latency("dial_to_caught_up", dialToCaughtUp);
            result.latency("kill_to_caught_up", killToCaughtUp);
        }

        void cut() {
            all.forEach(Client::cut);
        }

        private final class Lost extends Client {
            private long newest;
            private long dialNanos;
            private boolean caughtUp;
            private boolean done;

            Lost(Population.Account account) {
                super(Failover.this.loop, account);
            }

            @Override
            public void closed(int code, String why) {
                if (killNanos == 0) {
                    throw new IllegalStateException("closed with " + code + ": " + why);
                }
                noticed.recordValue(System.nanoTime() - killNanos);
                loop.after(Duration.ofMillis(ThreadLocalRandom.current().nextLong(RECONNECT_DELAY_MILLIS)), () -> {
                    dialNanos = System.nanoTime();
                    newest = 0;
                    connect(target.node(all.indexOf(this) % (target.nodeCount() - 1)), null);
                });
            }

            @Override
            void caughtUp() {
                caughtUp = dialNanos != 0;
                finish();
            }

            @Override
            void message(byte[] bytes, int from, int to, long sequence) {
                if (sequence != newest + 1) {
                    throw new IllegalStateException("received " + sequence + " after " + newest);
                }
                newest = sequence;
                finish();
            }

            private void finish() {
                if (caughtUp && newest == 2L * each && !done) {
                    done = true;
                    dialToCaughtUp.recordValue(System.nanoTime() - dialNanos);
                    killToCaughtUp.recordValue(System.nanoTime() - killNanos);
                }
            }
        }
    }

    /** Sees when the nodes that are left agree that the killed one is gone. */
    private static final class Watch {
        private final Target target;
        private final Result result;
        private final AtomicLong millis = new AtomicLong(-1);
        private Thread thread;

        Watch(Target target, Result result) {
            this.target = target;
            this.result = result;
        }

        void start() {
            final long start = System.nanoTime();
            final int left = target.nodeCount() - 1;
            thread = new Thread(() -> {
                try {
                    while (target.metricOf(0, "duet_cluster_nodes") != left) {
                        Thread.sleep(20);
                    }
                    millis.set((System.nanoTime() - start) / 1_000_000);
                } catch (IOException | InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        void end() {
            result.put("kill_to_new_view_ms", millis.get());
        }
    }
}
