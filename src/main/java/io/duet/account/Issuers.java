package io.duet.account;

import com.nimbusds.jwt.SignedJWT;
import io.duet.audit.Audit;
import io.duet.config.DuetConfig;
import io.duet.platform.Database;
import io.duet.platform.Started;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.PageConnections;
import io.duet.rest.Role;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * The OpenID Connect issuers of {@code duet.oidc.issuer}: their keys, their tokens and the people whom they vouch for.
 *
 * <p>No caller ever waits for an issuer but in {@link #await}. {@link #verify} blocks on the database; {@link #ready} never blocks.
 */
@Singleton
final class Issuers implements PageConnections {

    private static final int MAX_CHARACTERS = 16_384;
    /** An issuer is not asked more often for a key that is not known. */
    private static final Duration KEYS_INTERVAL = Duration.ofSeconds(3);

    private static final Duration LONGEST_WAIT = KEYS_INTERVAL.plusSeconds(IssuerDocuments.DEADLINE_SECONDS);
    private static final int MOST_WAITING = 16;

    private final Map<String, Known> known = new LinkedHashMap<>();
    private final IssuerSessions sessions;
    private final Semaphore waiting = new Semaphore(MOST_WAITING);

    /** One issuer: how it is configured, what it publishes, and how its tokens are read. */
    record Known(DuetConfig.Issuer issuer, IssuerKeys keys, IssuerTokens tokens) {}

    private record Shown(SignedJWT jwt, Known by) {}

    @Inject
    Issuers(
            Database database,
            DuetConfig config,
            Clock clock,
            Audit audit,
            Executor work,
            ScheduledExecutorService scheduler) {
        this(database, config.oidc(), clock, audit, work, scheduler, KEYS_INTERVAL);
    }

    Issuers(
            Database database,
            DuetConfig.Oidc oidc,
            Clock clock,
            Audit audit,
            Executor work,
            ScheduledExecutorService scheduler,
            Duration keysInterval) {
        sessions = new IssuerSessions(database, clock, audit);
        if (!oidc.issuers().isEmpty()) {
            IssuerDocuments documents = new IssuerDocuments(work);
            for (DuetConfig.Issuer issuer : oidc.issuers()) {
                IssuerKeys keys =
                        new IssuerKeys(issuer.issuer(), oidc.keysRefresh(), keysInterval, documents, work, scheduler);
                known.put(issuer.issuer(), new Known(issuer, keys, new IssuerTokens(issuer, oidc, keys, clock)));
            }
        }
    }

    /** Begins to fetch keys. An issuer that cannot be reached does not keep Duet from starting. */
    void start(@Observes Started started) {
        known.values().forEach(each -> each.keys().start());
    }

    @PreDestroy
    void stop() {
        known.values().forEach(each -> each.keys().stop());
    }

    /** In the order of the configuration. */
    List<Known> all() {
        return List.copyOf(known.values());
    }

    @Override
    public Set<String> origins() {
        return known.values().stream()
                .filter(each -> each.issuer().clientId().isPresent())
                .flatMap(each -> each.keys().metadata().stream())
                .flatMap(metadata -> metadata.origins().stream())
                .collect(Collectors.toSet());
    }

    /**
     * Sees to it that {@link #verify} can judge this token if at all: completes, never with a failure, when the key that it names
     * is known, or the issuer has been asked for it. At once for whatever is no token of an issuer.
     */
    CompletionStage<Void> ready(String token) {
        return shown(token)
                .map(shown -> shown.by().keys().learn(shown.jwt().getHeader().getKeyID()))
                .orElseGet(() -> CompletableFuture.completedFuture(null));
    }

    /**
     * Waits for {@link #ready}: a request thread does, as a filter cannot come back later. At most {@value #MOST_WAITING} at a time and
     * for at most 8 s; whoever may not wait is told to try again.
     *
     * @throws ApiException {@code unavailable}
     */
    void await(String token) {
        CompletableFuture<Void> ready = ready(token).toCompletableFuture();
        if (ready.isDone()) {
            return;
        }
        if (!waiting.tryAcquire()) {
            throw undecided();
        }
        try {
            ready.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw undecided();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw undecided();
        } finally {
            waiting.release();
        }
    }

    static ApiException undecided() {
        return new ApiException(ErrorCode.UNAVAILABLE, "the issuer of the token cannot be asked for its keys now")
                .retryAfter(KEYS_INTERVAL);
    }

    /** Verdicts on those of the given tokens that are of issuers; the others are missing. */
    Map<String, TokenVerdict> verify(Collection<String> bearers) {
        Map<String, TokenVerdict> verdicts = new HashMap<>();
        Map<String, IssuedToken> genuine = new HashMap<>();
        for (String bearer : bearers) {
            shown(bearer)
                    .map(shown -> shown.by().tokens().read(shown.jwt(), bearer))
                    .ifPresent(reading -> {
                        if (reading instanceof IssuerTokens.Reading.Genuine read) {
                            genuine.put(bearer, read.token());
                        } else if (reading instanceof IssuerTokens.Reading.Rejected rejected) {
                            verdicts.put(bearer, new TokenVerdict.Invalid(rejected.reason()));
                        } else {
                            verdicts.put(bearer, new TokenVerdict.Undecided());
                        }
                    });
        }
        if (!genuine.isEmpty()) {
            Map<IssuedToken, IssuerSessions.Opened> opened = sessions.open(genuine.values());
            genuine.forEach((bearer, token) -> verdicts.put(bearer, verdict(token, opened.get(token))));
        }
        return verdicts;
    }

    private static TokenVerdict verdict(IssuedToken token, IssuerSessions.Opened session) {
        if (session == null) {
            return new TokenVerdict.Invalid("the session has ended");
        }
        Set<Role> roles = token.admin() ? Set.of(Role.USER, Role.ADMIN) : Set.of(Role.USER);
        return new TokenVerdict.Valid(new Caller(session.userId(), session.sessionId(), token.expiresAt(), roles));
    }

    /** Looks at what the token says of itself; nothing of it is proven. */
    private Optional<Shown> shown(String token) {
        if (known.isEmpty() || token.length() > MAX_CHARACTERS) {
            return Optional.empty();
        }
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            return Optional.ofNullable(known.get(jwt.getJWTClaimsSet().getIssuer()))
                    .map(by -> new Shown(jwt, by));
        } catch (ParseException | RuntimeException malformed) {
            return Optional.empty(); // the parser meets some malformed headers with a NullPointerException
        }
    }
}
