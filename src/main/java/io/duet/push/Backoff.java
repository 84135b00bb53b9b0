package io.duet.push;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** When a push that failed is tried again: after 5, 10, 20 … s, each with jitter, and not before the push service wants it. */
final class Backoff {
    /** After so many failures in a row a push is given up: ten minutes, or longer where the push service asks for that. */
    static final int MOST_ATTEMPTS = 8;

    private static final Duration FIRST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final RandomGenerator random;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /**
     * Empty when it is given up.
     *
     * @param failures before this one
     */
    Optional<Duration> after(int failures, Optional<Duration> retryAfter) {
        if (failures + 1 >= MOST_ATTEMPTS) {
            return Optional.empty();
        }
        Duration exponential = FIRST.multipliedBy(1L << Math.min(failures, 20));
        Duration wait = exponential.compareTo(LONGEST) > 0 ? LONGEST : exponential;
        Duration jitter = Duration.ofMillis((long) (wait.toMillis() * 0.5 * random.nextDouble()));
        Duration least = retryAfter.filter(asked -> asked.compareTo(wait) > 0).orElse(wait);
        return Optional.of(least.plus(jitter));
    }
}
