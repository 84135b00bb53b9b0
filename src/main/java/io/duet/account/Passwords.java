package io.duet.account;

import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Argon2id (RFC 9106) with the parameters in each hash. Every computation takes the memory of its parameters and one
 * core, so the number of simultaneous ones is bounded: whoever hashes holds a {@link Slot}. Any thread may call that
 * may wait for up to the deadline.
 */
final class Passwords {

    private final Argon2 current;
    private final Bounds bounds;
    private final Semaphore running;
    private final Semaphore admitted;
    private final String decoy;
    private final Counter hashes;

    /**
     * How much hashing at once.
     *
     * @param concurrent computations at the same time
     * @param waiting callers that may wait for one to end; further ones get {@code unavailable} at once
     * @param deadline after this time of waiting {@code unavailable}
     */
    record Bounds(int concurrent, int waiting, Duration deadline) {}

    Passwords(MeterRegistry meters) {
        this(
                meters,
                owasp(),
                new Bounds(Math.min(4, Runtime.getRuntime().availableProcessors()), 64, Duration.ofSeconds(5)));
    }

    Passwords(MeterRegistry meters, Argon2 current, Bounds bounds) {
        this.current = current;
        this.bounds = bounds;
        running = new Semaphore(bounds.concurrent(), true);
        admitted = new Semaphore(bounds.concurrent() + bounds.waiting());
        hashes = Counter.builder("duet.password.hashes")
                .description("Argon2id computations, for hashing and for checking")
                .register(meters);
        Gauge.builder("duet.password.queue", this, Passwords::waiting)
                .description("Sign-ins that wait for their password to be hashed")
                .baseUnit("sign_ins")
                .register(meters);
        decoy = current.hash("nobody's password");
    }

    /** 19 MiB, two passes, one lane: the first choice of the OWASP Password Storage Cheat Sheet (2024). */
    static Argon2 owasp() {
        return Argon2.id(19 * 1024, 2);
    }

    /** Whether a hash was made with other parameters than today's. */
    boolean outdated(String stored) {
        return !Argon2.of(stored).equals(current);
    }

    /**
     * Waits for the right to hash.
     *
     * @throws ApiException {@code unavailable} when too many wait already or the deadline passed
     */
    Slot slot() {
        if (!admitted.tryAcquire()) {
            throw busy();
        }
        boolean entered = false;
        try {
            entered = running.tryAcquire(bounds.deadline().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!entered) {
                admitted.release();
            }
        }
        if (!entered) {
            throw busy();
        }
        return new Slot();
    }

    /** How many callers wait at this moment. */
    int waiting() {
        return running.getQueueLength();
    }

    private static ApiException busy() {
        return new ApiException(ErrorCode.UNAVAILABLE, "too many passwords are being checked, try again later");
    }

    /** The right to compute hashes, one after the other, until it is closed. For the thread that took it. */
    final class Slot implements AutoCloseable {

        private Slot() {}

        String hash(String password) {
            hashes.increment();
            return current.hash(password);
        }

        /**
         * Checks a password. Without a stored hash (no such user) it does the same work against a decoy and answers
         * false, so that the time tells nothing.
         */
        boolean matches(String password, Optional<String> stored) {
            hashes.increment();
            boolean same = Argon2.matches(password, stored.orElse(decoy));
            return same && stored.isPresent();
        }

        @Override
        public void close() {
            running.release();
            admitted.release();
        }
    }
}
