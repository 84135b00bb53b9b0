package io.duet.account;

import com.nimbusds.jose.jwk.JWKSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/**
 * Fetches what issuers publish. Nothing here blocks the caller; each fetch ends within {@value #DEADLINE_SECONDS} s and takes at
 * most {@value #MAX_BYTES} bytes. Redirections are not followed. Any thread may call.
 */
final class IssuerDocuments {

    static final int DEADLINE_SECONDS = 5;
    static final int MAX_BYTES = 512 * 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final int OK = 200;

    private final HttpClient http;

    /** @param work what comes of the network is handled there */
    IssuerDocuments(Executor work) {
        http = HttpClient.newBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(work)
                .build();
    }

    CompletableFuture<IssuerMetadata> metadata(String issuer) {
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        return fetch(URI.create(base + "/.well-known/openid-configuration")).thenApply(text -> {
            try {
                return IssuerMetadata.parse(issuer, text);
            } catch (ParseException malformed) {
                throw new CompletionException(malformed);
            }
        });
    }

    CompletableFuture<JWKSet> keys(URI address) {
        return fetch(address).thenApply(text -> {
            try {
                return JWKSet.parse(text);
            } catch (ParseException malformed) {
                throw new CompletionException(malformed);
            }
        });
    }

    private CompletableFuture<String> fetch(URI address) {
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("Accept", "application/json")
                .timeout(Duration.ofSeconds(DEADLINE_SECONDS))
                .build();
        CompletableFuture<HttpResponse<String>> exchange = http.sendAsync(request, head -> body(head.statusCode()));
        return exchange.thenApply(HttpResponse::body)
                .orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .whenComplete((body, failure) -> {
                    if (failure != null) {
                        exchange.cancel(true);
                    }
                });
    }

    private static BodySubscriber<String> body(int status) {
        if (status == OK) {
            return new Bounded();
        }
        return HttpResponse.BodySubscribers.mapping(HttpResponse.BodySubscribers.discarding(), nothing -> {
            throw new UncheckedIOException(new IOException("the issuer answered " + status));
        });
    }

    /** A text of at most {@link #MAX_BYTES}. */
    private static final class Bounded implements BodySubscriber<String> {
        private final CompletableFuture<String> body = new CompletableFuture<>();
        private final byte[] bytes = new byte[MAX_BYTES];
        private int length;
        private Flow.Subscription subscription;

        @Override
        public CompletionStage<String> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            subscription = begun;
            begun.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                if (buffer.remaining() > MAX_BYTES - length) {
                    subscription.cancel();
                    body.completeExceptionally(new IOException("more than " + MAX_BYTES + " bytes"));
                    return;
                }
                int more = buffer.remaining();
                buffer.get(bytes, length, more);
                length += more;
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            body.complete(new String(bytes, 0, length, StandardCharsets.UTF_8));
        }
    }
}
