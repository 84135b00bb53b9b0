package io.duet.socket;

import java.time.Duration;
import java.util.Arrays;

/**
 * How many devices may be on their way in at once: more while those who are in do not notice it, fewer as soon as they do.
 * What is observed is how long they wait for a thread and a processor. A standing wait counts, not a single one: over an
 * interval the median decides. Above the target the limit shrinks by a quarter, below it grows by an eighth, the way of TCP
 * (RFC 5681) with a signal like that of CoDel (RFC 8289). For one thread at a time.
 */
final class ConcurrencyLimit {
    private static final int OBSERVATIONS = 5;

    private final int least;
    private final int most;
    private final long targetNanos;
    private final long[] observed = new long[OBSERVATIONS];
    private int observations;
    private int limit;

    /**
     * @param least is always allowed, so that everybody gets in at last
     * @param most is never exceeded
     * @param target how long those who are in may wait
     */
    ConcurrencyLimit(int least, int most, Duration target) {
        this.least = Math.min(least, most);
        this.most = most;
        this.targetNanos = target.toNanos();
        this.limit = Math.max(this.least, most / 2);
    }

    int current() {
        return limit;
    }

    int least() {
        return least;
    }

    /** Somebody who is in has waited for so long. Whether the limit has changed. */
    boolean observe(long waitedNanos) {
        observed[observations++] = waitedNanos;
        if (observations < OBSERVATIONS) {
            return false;
        }
        observations = 0;
        final int before = limit;
        if (median() > targetNanos) {
            limit = Math.max(least, limit - Math.max(1, limit / 4));
        } else {
            limit = Math.min(most, limit + Math.max(1, limit / 8));
        }
        return limit != before;
    }

    private long median() {
        Arrays.sort(observed);
        return observed[OBSERVATIONS / 2];
    }
}
