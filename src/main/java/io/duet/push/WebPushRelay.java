package io.duet.push;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.zerodeplibs.webpush.EncryptedPushMessage;
import com.zerodeplibs.webpush.MessageEncryptions;
import com.zerodeplibs.webpush.PushMessage;
import com.zerodeplibs.webpush.jwt.VAPIDJWTParam;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Web Push: the protocol of RFC 8030, encrypted for the browser alone (RFC 8291) and signed by this installation (RFC 8292).
 * Blocks only on {@code threads}.
 */
final class WebPushRelay implements PushRelay {
    /** Push services accept a day at most; one signature serves many pushes to one of them. */
    private static final Duration SIGNED_FOR = Duration.ofHours(12);

    private static final Duration SIGNATURE_USED_FOR = Duration.ofHours(6);
    private static final int SIGNATURES = 1000;

    /** Takes away subscriptions whose pushes show nothing. */
    private static final String SHOWS_ALL = ".push.apple.com";

    private final PushHttp http;
    private final EndpointPolicy policy;
    private final VapidKeys keys;
    private final Optional<String> subject;
    private final Executor threads;
    private final Clock clock;
    private final Cache<String, String> signatures = Caffeine.newBuilder()
            .expireAfterWrite(SIGNATURE_USED_FOR)
            .maximumSize(SIGNATURES)
            .build();

    WebPushRelay(
            PushHttp http,
            EndpointPolicy policy,
            VapidKeys keys,
            Optional<String> subject,
            Executor threads,
            Clock clock) {
        this.http = http;
        this.policy = policy;
        this.keys = keys;
        this.subject = subject;
        this.threads = threads;
        this.clock = clock;
    }

    @Override
    public boolean serves(PushToken token) {
        return token.kind().equals(PushToken.WEB_PUSH);
    }

    @Override
    public CompletionStage<PushOutcome> send(PushToken token, Push push) {
        return CompletableFuture.supplyAsync(() -> request(token, push), threads)
                .thenCompose(prepared -> prepared instanceof Prepared.Request request
                        ? http.post(request.builder())
                        : CompletableFuture.completedFuture(((Prepared.Answer) prepared).outcome()));
    }

    private sealed interface Prepared {
        record Request(HttpRequest.Builder builder) implements Prepared {}

        record Answer(PushOutcome outcome) implements Prepared {}
    }

    private Prepared request(PushToken token, Push push) {
        Subscription subscription;
        try {
            subscription = Subscription.parse(token.value());
        } catch (IllegalArgumentException e) {
            return new Prepared.Answer(new PushOutcome.Refused("a subscription that is none: " + e.getMessage()));
        }
        URI endpoint = subscription.endpoint();
        Optional<String> refusal = policy.refusal(endpoint);
        if (refusal.isPresent()) {
            return new Prepared.Answer(new PushOutcome.Refused(refusal.get()));
        }
        if (push.arrival().isEmpty()
                && endpoint.getHost().toLowerCase(Locale.ROOT).endsWith(SHOWS_ALL)) {
            return new Prepared.Answer(new PushOutcome.Accepted());
        }
        // One of its own for each message, because it is not safe for several threads
        EncryptedPushMessage encrypted =
                MessageEncryptions.of().encrypt(subscription.keys(), PushMessage.ofUTF8(push.json()));
        return new Prepared.Request(HttpRequest.newBuilder(endpoint)
                .header("Authorization", signature(endpoint))
                .header("Content-Type", encrypted.mediaType())
                .header("Content-Encoding", encrypted.contentEncoding())
                .header("TTL", Long.toString(push.timeToLive().toSeconds()))
                .header("Urgency", push.urgency().name().toLowerCase(Locale.ROOT))
                .header("Topic", push.topic())
                .POST(BodyPublishers.ofByteArray(encrypted.toBytes())));
    }

    private String signature(URI endpoint) {
        String origin = endpoint.getScheme() + "://" + endpoint.getAuthority();
        return signatures.get(origin, key -> {
            VAPIDJWTParam.Builder claims = VAPIDJWTParam.getBuilder()
                    .resourceURLString(key)
                    .expirationTime(clock.instant().plus(SIGNED_FOR));
            subject.ifPresent(claims::subject);
            return keys.pair().generateAuthorizationHeaderValue(claims.build());
        });
    }
}
