package io.duet.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.config.DuetConfig;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * How fast one user may send: a token bucket each (a burst, refilled at the sustained rate), counted on this node. A user
 * who has been silent until the bucket is full again costs no memory. Safe for all threads.
 */
final class SendRate {
    private final DuetConfig.Limits limits;
    private final LongSupplier nanoTime;
    private final Cache<UUID, Bucket> buckets;

    SendRate(DuetConfig.Limits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
        final Duration full = Duration.ofMillis((long) Math.ceil(1000 * limits.sendBurst() / limits.sendsPerSecond()));
        this.buckets =
                Caffeine.newBuilder().expireAfterAccess(full.plusSeconds(1)).build();
    }

    /** Empty when the user may send now, and that counts; otherwise how long until the next send is allowed. */
    Optional<Duration> take(UUID userId) {
        if (!limits.rateLimitEnabled()) {
            return Optional.empty();
        }
        return buckets.get(userId, user -> new Bucket(limits.sendBurst(), nanoTime.getAsLong()))
                .take(nanoTime.getAsLong());
    }

    private final class Bucket {
        private double tokens;
        private long filledAtNanos;

        Bucket(double tokens, long filledAtNanos) {
            this.tokens = tokens;
            this.filledAtNanos = filledAtNanos;
        }

        synchronized Optional<Duration> take(long nowNanos) {
            final double refill = Math.max(0, nowNanos - filledAtNanos) * limits.sendsPerSecond() / 1e9;
            tokens = Math.min(limits.sendBurst(), tokens + refill);
            filledAtNanos = nowNanos;
            if (tokens >= 1) {
                tokens -= 1;
                return Optional.empty();
            }
            return Optional.of(Duration.ofMillis((long) Math.ceil(1000 * (1 - tokens) / limits.sendsPerSecond())));
        }
    }
}
