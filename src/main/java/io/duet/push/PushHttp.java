package io.duet.push;

import io.duet.config.DuetConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Posts to push services and makes a {@link PushOutcome} of their answers. No redirects; an answer's body is not read but for
 * {@value #MOST_BODY_BYTES} bytes, so that its connection can be used again; a call is given up after 15 s. Never blocks.
 */
final class PushHttp implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DEADLINE = Duration.ofSeconds(15);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final int MOST_BODY_BYTES = 16 * 1024;

    private final DuetConfig.Push config;
    private final Executor threads;
    private final Clock clock;
    private HttpClient client;

    /** @param threads runs what the client does between waiting for the network */
    PushHttp(DuetConfig.Push config, Executor threads, Clock clock) {
        this.config = config;
        this.threads = threads;
        this.clock = clock;
    }

    /** Made when it is needed: it has a thread of its own. */
    private synchronized HttpClient client() {
        if (client == null) {
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(CONNECT_TIMEOUT)
                    .executor(threads);
            config.proxy().ifPresent(proxy -> builder.proxy(ProxySelector.of(address(proxy))));
            client = builder.build();
        }
        return client;
    }

    private static InetSocketAddress address(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        String host = hostAndPort.substring(0, colon).replaceAll("[\\[\\]]", "");
        return InetSocketAddress.createUnresolved(host, Integer.parseInt(hostAndPort.substring(colon + 1)));
    }

    /** Trouble on the way is {@link PushOutcome.Unavailable}; the stage does not fail. */
    CompletionStage<PushOutcome> post(HttpRequest.Builder request) {
        CompletableFuture<HttpResponse<Void>> call =
                client().sendAsync(request.timeout(DEADLINE).build(), response -> new BriefBody());
        return call.copy().orTimeout(DEADLINE.toMillis(), TimeUnit.MILLISECONDS).handle((response, failure) -> {
            if (failure == null) {
                return outcome(response);
            }
            call.cancel(true);
            return unavailable(failure);
        });
    }

    private static PushOutcome unavailable(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof IOException || cause instanceof TimeoutException
                ? new PushOutcome.Unavailable(Optional.empty())
                : new PushOutcome.Refused(cause.getClass().getSimpleName());
    }

    private PushOutcome outcome(HttpResponse<Void> response) {
        int status = response.statusCode();
        if (status >= 200 && status < 300) {
            return new PushOutcome.Accepted();
        }
        if (status == 408 || status == 425 || status == 429 || status >= 500) {
            return new PushOutcome.Unavailable(
                    response.headers().firstValue("Retry-After").flatMap(this::retryAfter));
        }
        return switch (status) {
            case 404, 410 -> new PushOutcome.TokenGone();
            case 413 -> new PushOutcome.TooLarge();
            default -> new PushOutcome.Refused(response.request().uri().getHost() + " answered " + status);
        };
    }

    /** Seconds or a date (RFC 9110, section 10.2.3); at most an hour. */
    Optional<Duration> retryAfter(String header) {
        try {
            Duration wait = header.strip().matches("[0-9]{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(header.strip()))
                    : Duration.between(
                            clock.instant(),
                            ZonedDateTime.parse(header.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
            return Optional.of(
                    wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Its connections and thread end; on older Java when nothing refers to it any more. */
    @Override
    public synchronized void close() throws Exception {
        if (client instanceof AutoCloseable closeable) {
            HttpClient.class.getMethod("shutdownNow").invoke(client);
            closeable.close();
        }
        client = null;
    }

    /** Reads a little and forgets it. */
    private static final class BriefBody implements BodySubscriber<Void> {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final AtomicInteger left = new AtomicInteger(MOST_BODY_BYTES);
        private volatile Flow.Subscription subscription;

        @Override
        public CompletionStage<Void> getBody() {
            return done;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            int read = buffers.stream().mapToInt(ByteBuffer::remaining).sum();
            if (left.addAndGet(-read) < 0) {
                subscription.cancel();
                done.complete(null);
            }
        }

        @Override
        public void onError(Throwable failure) {
            done.complete(null);
        }

        @Override
        public void onComplete() {
            done.complete(null);
        }
    }
}
