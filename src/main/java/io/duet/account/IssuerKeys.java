package io.duet.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The public keys of one issuer, and what else it says of itself, kept in memory and fetched anew every
 * {@code duet.oidc.keys-refresh}; sooner when a token names a key that is not known, but then not more often than every
 * {@code leastInterval}. While the issuer cannot be reached, what was fetched last serves on, and it is tried again after 1 s to
 * 1 min.
 *
 * <p>Any thread may call; nothing here blocks, and what comes of the network is handled by the given executor.
 */
final class IssuerKeys {

    private static final Logger LOG = Logger.getLogger(IssuerKeys.class);
    private static final Duration UNKNOWN_FOR = Duration.ofSeconds(30);
    private static final int MOST_UNKNOWN = 1000;
    private static final int LEAST_RSA_BITS = 2048;
    private static final int MOST_BACKOFF_SECONDS = 60;

    private final String issuer;
    private final Duration refresh;
    private final Duration leastInterval;
    private final IssuerDocuments documents;
    private final Executor work;
    private final ScheduledExecutorService scheduler;
    private final Cache<String, Boolean> unknown = Caffeine.newBuilder()
            .maximumSize(MOST_UNKNOWN)
            .expireAfterWrite(UNKNOWN_FOR)
            .build();
    private volatile Optional<IssuerMetadata> metadata = Optional.empty();
    private volatile Optional<JWKSet> keys = Optional.empty();

    private ScheduledFuture<?> next;
    private boolean stopped;
    private boolean underWay;
    private long begunNanos;
    private int failures;
    private CompletableFuture<Void> awaited;
    private Set<String> wanted = new HashSet<>();

    IssuerKeys(
            String issuer,
            Duration refresh,
            Duration leastInterval,
            IssuerDocuments documents,
            Executor work,
            ScheduledExecutorService scheduler) {
        this.issuer = issuer;
        this.refresh = refresh;
        this.leastInterval = leastInterval;
        this.documents = documents;
        this.work = work;
        this.scheduler = scheduler;
    }

    /** What is known of a key of this issuer. */
    enum Knowledge {
        KNOWN,
        /** The issuer was asked for it a moment ago, and has no such key. */
        UNKNOWN,
        /** The issuer has not been asked since this key is wanted. */
        UNDECIDED
    }

    synchronized void start() {
        begunNanos = System.nanoTime();
        plan(Duration.ZERO);
    }

    synchronized void stop() {
        stopped = true;
        if (next != null) {
            next.cancel(false);
        }
        if (awaited != null) {
            awaited.complete(null);
        }
    }

    /** As it was told last; empty until the issuer has been reached. */
    Optional<IssuerMetadata> metadata() {
        return metadata;
    }

    /** The fitting keys that are known. */
    List<JWK> select(JWKSelector selector) {
        return keys.map(selector::select).orElse(List.of());
    }

    /** @param keyId from the header of a token, or null: without a name any key may be meant */
    Knowledge of(String keyId) {
        Optional<JWKSet> current = keys;
        if (current.isEmpty()) {
            return Knowledge.UNDECIDED;
        }
        if (keyId == null || current.get().getKeyByKeyId(keyId) != null) {
            return Knowledge.KNOWN;
        }
        return unknown.getIfPresent(keyId) == null ? Knowledge.UNDECIDED : Knowledge.UNKNOWN;
    }

    /**
     * Sees to it that {@link #of} can decide: completes at once when it can, else when the issuer has been asked or could not be
     * reached. Never fails.
     */
    synchronized CompletionStage<Void> learn(String keyId) {
        if (stopped || of(keyId) != Knowledge.UNDECIDED || wanted.size() >= MOST_UNKNOWN) {
            return CompletableFuture.completedFuture(null);
        }
        if (keyId != null) {
            wanted.add(keyId);
        }
        if (awaited == null) {
            awaited = new CompletableFuture<>();
            if (!underWay) {
                plan(untilAllowed());
            }
        }
        return awaited;
    }

    private Duration untilAllowed() {
        Duration since = Duration.ofNanos(System.nanoTime() - begunNanos);
        Duration left = leastInterval.minus(since);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private synchronized void plan(Duration delay) {
        if (stopped) {
            return;
        }
        if (next != null) {
            next.cancel(false);
        }
        try {
            next = scheduler.schedule(() -> work.execute(this::fetch), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopping) {
            stop();
        }
    }

    private void fetch() {
        Set<String> looked;
        CompletableFuture<Void> told;
        synchronized (this) {
            if (underWay || stopped) {
                return;
            }
            underWay = true;
            begunNanos = System.nanoTime();
            looked = wanted;
            told = awaited;
            wanted = new HashSet<>();
            awaited = null;
        }
        CompletableFuture.completedFuture(issuer)
                .thenCompose(documents::metadata)
                .thenCompose(found -> documents.keys(found.keys()).thenAccept(fresh -> keep(found, fresh, looked)))
                .whenComplete((done, failure) -> ended(failure, told));
    }

    private void keep(IssuerMetadata found, JWKSet fresh, Set<String> looked) {
        JWKSet usable =
                new JWKSet(fresh.getKeys().stream().filter(IssuerKeys::isUsable).toList());
        metadata = Optional.of(found);
        keys = Optional.of(usable);
        unknown.invalidateAll(usable.getKeys().stream()
                .map(JWK::getKeyID)
                .filter(id -> id != null)
                .toList());
        looked.stream().filter(id -> usable.getKeyByKeyId(id) == null).forEach(id -> unknown.put(id, true));
    }

    /** Symmetric keys are never published, and short ones prove nothing. */
    private static boolean isUsable(JWK key) {
        return key instanceof AsymmetricJWK && !(key instanceof RSAKey rsa && rsa.size() < LEAST_RSA_BITS);
    }

    private void ended(Throwable failure, CompletableFuture<Void> told) {
        synchronized (this) {
            underWay = false;
            if (failure == null) {
                if (failures > 0) {
                    LOG.infof("The issuer %s is reached again", issuer);
                }
                failures = 0;
            } else if (failures++ == 0) {
                LOG.warnf("The issuer %s cannot be asked for its keys: %s", issuer, failure);
            }
            plan(awaited != null ? untilAllowed() : untilNext());
        }
        if (told != null) {
            told.complete(null);
        }
    }

    private Duration untilNext() {
        long millis = failures == 0
                ? refresh.toMillis()
                : 1000L * Math.min(MOST_BACKOFF_SECONDS, 1L << Math.min(failures - 1, 10));
        return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 10 + 1));
    }
}
