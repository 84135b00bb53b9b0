package io.duet.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Many pairs, all online, on one loop: closed (so many outstanding each) or open (a fixed rate, come what may). */
final class Pairs {
    private static final Duration CONNECT = Duration.ofSeconds(60);
    private static final Duration SETTLE = Duration.ofSeconds(30);

    private final Loop loop;
    private final List<Pair> pairs = new ArrayList<>();
    private final Pair.Measure measure = new Pair.Measure();
    private boolean opened;

    Pairs(Loop loop, Target target, List<Population.Two> couples, int contentBytes) {
        this.loop = loop;
        for (Population.Two two : couples) {
            final Pair pair = new Pair(loop, two, 0, contentBytes, measure);
            pair.connect(target, pairs.size());
            pairs.add(pair);
        }
        if (!loop.runUntil(() -> pairs.stream().allMatch(Pair::ready), CONNECT)) {
            throw new IllegalStateException("not all pairs could connect");
        }
    }

    Pair.Measure measure() {
        return measure;
    }

    void keepOutstanding(int messages) {
        pairs.forEach(pair -> pair.start(messages));
    }

    /** From now on so many messages a second in all, at even distances, by each pair in turn. */
    void keepRate(double messagesPerSecond) {
        opened = true;
        sendWhenDue(System.nanoTime(), 1e9 / messagesPerSecond, 0);
    }

    private void sendWhenDue(double dueNanos, double distanceNanos, int next) {
        double due = dueNanos;
        int pair = next;
        while (opened && due <= System.nanoTime()) {
            pairs.get(pair).send((long) due);
            pair = (pair + 1) % pairs.size();
            due += distanceNanos;
        }
        if (opened) {
            final double nextDue = due;
            final int nextPair = pair;
            loop.at((long) due, () -> sendWhenDue(nextDue, distanceNanos, nextPair));
        }
    }

    /**
     * Stops sending and waits until every message is done.
     *
     * @throws IllegalStateException when one is missing
     */
    void settle() {
        opened = false;
        pairs.forEach(Pair::stop);
        if (!loop.runUntil(() -> pairs.stream().allMatch(pair -> pair.outstanding() == 0), SETTLE)) {
            throw new IllegalStateException(
                    pairs.stream().mapToLong(Pair::outstanding).sum() + " messages were never done; first error: "
                            + measure.firstError);
        }
    }
}
