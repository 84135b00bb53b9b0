package io.duet.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import org.HdrHistogram.Histogram;

/**
 * A whole site comes back at once, each device with messages that wait for it, while others go on talking: how fast all have
 * caught up, and what the others notice of it.
 */
final class StormMode implements Mode {
    private static final Duration WRITE = Duration.ofMinutes(5);
    private static final Duration STORM = Duration.ofMinutes(3);
    private static final int WRITERS = 100;
    private static final int OUTSTANDING = 8;
    private static final int TALKING_PAIRS = 20;

    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        final int devices = settings.number("devices");
        final int pending = settings.number("pending");
        result.put("devices", devices);
        result.put("pending_each", pending);
        result.put("at_once", settings.number("at-once"));
        result.put("others_per_second", settings.number("others-rate"));
        try (Loop loop = new Loop()) {
            final Population population = new Population(target);
            final List<Population.Account> absent = population.people(devices);
            writeTo(target, result, loop, population, absent, pending);
            try (Talkers others =
                    new Talkers(target, population.couples(TALKING_PAIRS), settings.number("others-rate"))) {
                loop.runFor(settings.seconds("warmup"));
                others.interval();
                loop.runFor(settings.seconds("warmup").multipliedBy(2));
                final Talkers.Interval calm = others.interval();
                storm(target, settings, result, loop, absent);
                final Talkers.Interval during = others.interval();
                others.settle();
                compare(result, calm, during);
            }
        }
    }

    /** What the generator itself was late, as far as it can know, is told beside it. */
    private static void compare(Result result, Talkers.Interval calm, Talkers.Interval during) {
        result.latency("others_before", calm.sendToReceive());
        result.latency("others_during", during.sendToReceive());
        result.latency("others_generator_late_before", calm.generatorLate());
        result.latency("others_generator_late_during", during.generatorLate());
        result.put(
                "others_p99_ratio",
                during.sendToReceive().getValueAtPercentile(99)
                        / (double) calm.sendToReceive().getValueAtPercentile(99));
        result.put("errors", during.errors());
    }

    private static void writeTo(
            Target target, Result result, Loop loop, Population population, List<Population.Account> absent, int each) {
        final List<Population.Account> people = population.people(WRITERS);
        final List<Population.Account> ones = new ArrayList<>();
        for (int i = 0; i < absent.size(); i++) {
            ones.add(people.get(i % WRITERS));
        }
        final Map<Population.Account, List<UUID>> talks = new HashMap<>();
        population
                .acquaint(ones, absent)
                .forEach(two -> talks.computeIfAbsent(two.one(), one -> new ArrayList<>())
                        .add(two.conversationId()));
        final List<Writer> writers = new ArrayList<>();
        talks.forEach(
                (writer, conversations) -> writers.add(new Writer(loop, writer, conversations, each, OUTSTANDING)));
        writers.forEach(writer -> writer.connect(target.node(writers.indexOf(writer)), null));
        final Progress progress = Progress.preparing(loop, result, "written", () -> Writer.durable(writers));
        if (!loop.runUntil(() -> Writer.durable(writers) == (long) absent.size() * each, WRITE)) {
            throw new IllegalStateException("only " + Writer.durable(writers) + " were written");
        }
        progress.stop();
        writers.forEach(Client::cut);
    }

    private static void storm(
            Target target, Settings settings, Result result, Loop loop, List<Population.Account> absent)
            throws IOException {
        final CpuTimes.Snapshot before = target.cpu();
        final long start = System.nanoTime();
        final Storm storm = new Storm(loop, target, absent, settings.number("pending"));
        final Progress progress = Progress.of(loop, result, "caught up", () -> storm.done);
        for (int i = 0; i < settings.number("at-once"); i++) {
            storm.connectNext();
        }
        if (!loop.runUntil(() -> storm.done == absent.size(), STORM)) {
            throw new IllegalStateException("only " + storm.done + " of " + absent.size() + " have caught up");
        }
        final double seconds = (System.nanoTime() - start) / 1e9;
        progress.stop();
        result.put("seconds", seconds);
        result.put("caught_up_per_second", absent.size() / seconds);
        result.latency("connect_to_caught_up", storm.times);
        target.cpu().minus(before).into(result, absent.size());
    }

    private static final class Storm {
        private final Loop loop;
        private final Target target;
        private final Queue<Population.Account> waiting;
        private final int pending;
        private final Histogram times = Result.histogram();
        private int started;
        private long done;

        Storm(Loop loop, Target target, List<Population.Account> absent, int pending) {
            this.loop = loop;
            this.target = target;
            this.waiting = new ArrayDeque<>(absent);
            this.pending = pending;
        }

        void connectNext() {
            final Population.Account next = waiting.poll();
            if (next != null) {
                new Returning(next).connect(target.node(started++), null);
            }
        }

        private final class Returning extends Client {
            private final long startNanos = System.nanoTime();
            private int received;
            private boolean caughtUp;

            Returning(Population.Account account) {
                super(Storm.this.loop, account);
            }

            @Override
            void message(byte[] bytes, int from, int to, long sequence) {
                if (++received == pending) {
                    acknowledge(uuid(bytes, from, to, CONVERSATION), sequence);
                }
                finish();
            }

            @Override
            void caughtUp() {
                caughtUp = true;
                heartbeat(Math.random());
                finish();
            }

            private void finish() {
                if (caughtUp && received == pending) {
                    times.recordValue(System.nanoTime() - startNanos);
                    done++;
                    connectNext();
                }
            }
        }
    }
}
