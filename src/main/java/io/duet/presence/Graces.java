package io.duet.presence;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Departures whose grace runs. All graces are equally long, so the one that began first ends first, and one timer serves them
 * all: a site that goes at once would otherwise be thousands of timers, which the scheduler of a server searches one by one.
 * There are no more of them than connections that ended within a grace. Safe for all threads; nothing blocks.
 */
final class Graces {
    private static final Logger LOG = Logger.getLogger(Graces.class);

    private final Duration length;
    private final ScheduledExecutorService scheduler;
    private final Consumer<Grace> ended;
    private final Queue<Grace> running = new ArrayDeque<>();
    private ScheduledFuture<?> timer;
    private boolean stopped;

    /** @param since when the last connection of the user went */
    record Grace(UUID userId, UUID departure, Instant since, long beganNanos) {}

    /** @param ended is told of each grace that has ended, on a thread of the scheduler */
    Graces(Duration length, ScheduledExecutorService scheduler, Consumer<Grace> ended) {
        this.length = length;
        this.scheduler = scheduler;
        this.ended = ended;
    }

    synchronized void begin(UUID userId, UUID departure, Instant since) {
        running.add(new Grace(userId, departure, since, System.nanoTime()));
        if (timer == null) {
            time(length.toNanos());
        }
    }

    private void time(long nanos) {
        if (stopped) {
            return;
        }
        try {
            timer = scheduler.schedule(this::endDue, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("This node stops; another one ends the graces", e);
        }
    }

    /** Ends none from now on: another node does, or whoever looks at its next start. */
    synchronized void stop() {
        stopped = true;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void endDue() {
        due().forEach(ended);
    }

    private synchronized List<Grace> due() {
        final long now = System.nanoTime();
        final List<Grace> due = new ArrayList<>();
        timer = null;
        while (!running.isEmpty()) {
            final long left = running.peek().beganNanos() + length.toNanos() - now;
            if (left > 0) {
                time(left);
                break;
            }
            due.add(running.remove());
        }
        return due;
    }
}
