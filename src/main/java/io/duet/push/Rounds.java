package io.duet.push;

import io.duet.config.DuetConfig;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * What a node does for pushes every second or so: look who has a push token; note what has waited too long; sweep, where
 * something may have been missed; send. A sweep finds it in the truth. There is one, after {@code duet.push.delay}, for a
 * device whose token is new to this node (so for all after a start), and one for all devices when a node has left, when too
 * much waited to be remembered, and when the database failed.
 */
final class Rounds {
    private static final Logger LOG = Logger.getLogger(Rounds.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** Of the time, looking who has a token takes a fiftieth at most, however many have one. */
    private static final int LOOK_SHARE = 50;

    private static final int MOST_WAITING = 200_000;
    private static final int MOST_READS = 50_000;
    private static final int TOGETHER = 1000;

    private final Duration delay;
    private final Duration timeToLive;
    private final Holders holders;
    private final PushTable table;
    private final Dispatcher dispatcher;
    private final Supplier<Set<String>> nodes;
    private final Waiting waiting = new Waiting(MOST_WAITING);
    private final Set<ReadOn> reads = ConcurrentHashMap.newKeySet();
    private final Queue<Sweep> sweeps = new ArrayDeque<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private final AtomicBoolean missed = new AtomicBoolean();
    private boolean failing;
    private Set<String> known = Set.of();
    private long lookAt = System.nanoTime();

    /** @param devices to look for; empty: all */
    private record Sweep(long dueNanos, Optional<Set<UUID>> devices) {}

    Rounds(
            DuetConfig.Push config,
            Holders holders,
            PushTable table,
            Dispatcher dispatcher,
            Supplier<Set<String>> nodes) {
        this.delay = config.delay();
        this.timeToLive = config.timeToLive();
        this.holders = holders;
        this.table = table;
        this.dispatcher = dispatcher;
        this.nodes = nodes;
    }

    /** Between two rounds. */
    static Duration pause(Duration delay) {
        Duration fifth = delay.dividedBy(5);
        return fifth.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : fifth;
    }

    /** A message was stored for a device that has a push token. Any thread; never blocks. */
    void stored(UUID deviceId, UUID conversationId, long nowNanos) {
        if (!waiting.add(deviceId, conversationId, nowNanos)) {
            missed.set(true);
        }
    }

    /** Somebody has read on. Any thread; never blocks. */
    void read(ReadOn read) {
        if (reads.size() < MOST_READS) {
            reads.add(read);
        } else {
            missed.set(true);
        }
    }

    /** One round; while another one runs, nothing. Blocks on the database. */
    void run() {
        if (!running.compareAndSet(false, true)) {
            return;
        }
        try {
            round();
            failing = false;
        } catch (RuntimeException e) {
            missed.set(true);
            if (!failing) {
                LOG.warnf(e, "Pushes have to wait");
            }
            failing = true;
        } finally {
            running.set(false);
        }
    }

    private void round() {
        long now = System.nanoTime();
        look(now);
        if (holders.none()) {
            known = Set.of();
            return;
        }
        watchNodes(now);
        if (missed.getAndSet(false)) {
            sweepAfterDelay(now, Optional.empty());
        }
        note(now);
        noteReads();
        while (!sweeps.isEmpty() && sweeps.peek().dueNanos() - now <= 0) {
            table.sweep(sweeps.remove().devices(), delay, timeToLive);
        }
        dispatcher.run();
    }

    private void look(long now) {
        if (lookAt - now > 0) {
            return;
        }
        Set<UUID> added = holders.look();
        long after = System.nanoTime();
        lookAt = after + Math.max(LOOK_EVERY.toNanos(), (after - now) * LOOK_SHARE);
        if (!added.isEmpty()) {
            sweepAfterDelay(after, Optional.of(added));
        }
    }

    /** A node that has gone remembered what it had stored; by the end of the delay that is old enough to be found. */
    private void watchNodes(long now) {
        Set<String> present = nodes.get();
        if (!present.containsAll(known)) {
            sweepAfterDelay(now, Optional.empty());
        }
        known = Set.copyOf(present);
    }

    /** Of those for all devices two are enough: the next one, which must come, and the last one, which must come late enough. */
    private void sweepAfterDelay(long now, Optional<Set<UUID>> devices) {
        List<Sweep> forAll =
                sweeps.stream().filter(sweep -> sweep.devices().isEmpty()).toList();
        if (devices.isEmpty() && forAll.size() > 1) {
            sweeps.remove(forAll.get(forAll.size() - 1));
        }
        sweeps.add(new Sweep(now + delay.toNanos(), devices));
    }

    private void note(long now) {
        List<Due> due = waiting.take(delay, now, TOGETHER);
        while (!due.isEmpty()) {
            table.note(due);
            due = waiting.take(delay, now, TOGETHER);
        }
    }

    private void noteReads() {
        List<ReadOn> some = new ArrayList<>(reads);
        for (int from = 0; from < some.size(); from += TOGETHER) {
            List<ReadOn> together = some.subList(from, Math.min(some.size(), from + TOGETHER));
            together.forEach(reads::remove);
            table.noteRead(together);
        }
    }
}
