package io.duet.socket;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Lets devices in, in the order in which they came and a bounded number at a time, so that however many come back at once,
 * those who are in keep their threads, processors and database. A device is on its way in from its turn until it has its first
 * messages, was refused, or is gone ({@link Place#leave}). While many come, {@link ConcurrencyLimit} decides how many that may
 * be, by what {@link DelayProbe} observes; and they come in companies of half of that, since what is asked of the database
 * for many together costs little more than for one.
 *
 * <p>Who waits costs an entry here beside its connection. When the queue is full, or a wait takes too long, the device is
 * turned away (1013). Safe for all threads; nothing blocks.
 */
final class AdmissionQueue {
    private static final Logger LOG = Logger.getLogger(AdmissionQueue.class);

    private final int capacity;
    private final ConcurrencyLimit limit;
    private final Runnable crowded;
    private final Set<Place> waiting = new LinkedHashSet<>();
    private final AtomicInteger rounds = new AtomicInteger();
    private int underWay;
    /** So many more may follow those whose turn it is already. */
    private int together;

    /**
     * @param capacity devices that may wait
     * @param crowded is run, by any thread, whenever one comes while it {@link #isCrowded}
     */
    AdmissionQueue(int capacity, ConcurrencyLimit limit, Runnable crowded) {
        this.capacity = capacity;
        this.limit = limit;
        this.crowded = crowded;
    }

    /** Of one device. */
    final class Place {
        private final Consumer<Place> turn;
        private final long sinceNanos;
        private boolean left;

        private Place(Consumer<Place> turn, long sinceNanos) {
            this.turn = turn;
            this.sinceNanos = sinceNanos;
        }

        /** The device is in, or does not want to be any more: room for the next one. Repeating it does no harm. */
        void leave() {
            synchronized (AdmissionQueue.this) {
                if (left) {
                    return;
                }
                left = true;
                if (!waiting.remove(this)) {
                    underWay--;
                }
            }
            letIn();
        }

        /** Whether its turn has not come for so long. */
        boolean waitsFor(Duration time, long nowNanos) {
            synchronized (AdmissionQueue.this) {
                return nowNanos - sinceNanos > time.toNanos() && waiting.contains(this);
            }
        }
    }

    /**
     * A device wants to come in.
     *
     * @param turn is run once, by any thread, when its turn has come, perhaps before this returns; must not block
     * @return empty when too many wait
     */
    Optional<Place> enter(Consumer<Place> turn) {
        final Place place = new Place(turn, System.nanoTime());
        synchronized (this) {
            if (waiting.size() >= capacity) {
                return Optional.empty();
            }
            waiting.add(place);
        }
        letIn();
        if (isCrowded()) {
            crowded.run();
        }
        return Optional.of(place);
    }

    /** Somebody who is in has waited for so long. */
    void delayed(long waitedNanos) {
        final boolean changed;
        synchronized (this) {
            changed = limit.observe(waitedNanos);
        }
        if (changed) {
            letIn();
        }
    }

    /** One thread at a time; one that comes meanwhile makes it look once more, so that turns are never nested. */
    private void letIn() {
        if (rounds.getAndIncrement() > 0) {
            return;
        }
        int seen;
        do {
            seen = rounds.get();
            for (Place next = next(); next != null; next = next()) {
                begin(next);
            }
        } while (!rounds.compareAndSet(seen, 0));
    }

    private static void begin(Place place) {
        try {
            place.turn.accept(place);
        } catch (RuntimeException e) {
            LOG.warn("A device could not be let in", e);
            place.leave();
        }
    }

    private synchronized Place next() {
        if (waiting.isEmpty()) {
            together = 0;
            return null;
        }
        if (together == 0) {
            final int company = Math.max(1, Math.min(limit.current() / 2, waiting.size()));
            if (underWay + company > limit.current()) {
                return null;
            }
            together = company;
        }
        together--;
        final Iterator<Place> first = waiting.iterator();
        final Place next = first.next();
        first.remove();
        underWay++;
        return next;
    }

    /** Whether so many come that those who are in may notice it. */
    synchronized boolean isCrowded() {
        return !waiting.isEmpty() || underWay > limit.least();
    }

    synchronized int waiting() {
        return waiting.size();
    }

    synchronized int underWay() {
        return underWay;
    }

    synchronized int limit() {
        return limit.current();
    }
}
