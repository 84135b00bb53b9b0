package io.duet.tracing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.config.DuetConfig;
import io.duet.platform.Stopping;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One trace for each message of a sample: {@code accept} and {@code commit} and {@code route} on the node of the sender,
 * {@code deliver} and {@code ack} on the node of each device that gets it. From node to node the trace travels with the
 * notice, as a {@code traceparent} (W3C Trace Context). Spans have ids and numbers, never content.
 *
 * <p>Without {@code duet.tracing.endpoint} every method returns at once, and nothing of OpenTelemetry is started. Safe for
 * all threads; nothing blocks. Spans that cannot be exported in time are dropped.
 */
@Singleton
public final class Tracing {
    /** Drafts that are traced and not stored yet. */
    private static final int DRAFTS = 10_000;

    private static final Duration STORED_WITHIN = Duration.ofMinutes(1);

    private final double sample;
    private final Optional<Spans> spans;

    /** Asked on threads of Infinispan too; the common pool might have its worker started by one of them. */
    private final Cache<Object, Boolean> drafts = Caffeine.newBuilder()
            .weakKeys()
            .expireAfterWrite(STORED_WITHIN)
            .maximumSize(DRAFTS)
            .executor(Runnable::run)
            .build();

    private final Unacknowledged unacknowledged = new Unacknowledged();

    @Inject
    public Tracing(DuetConfig config) {
        sample = config.tracing().sample();
        spans = config.tracing()
                .endpoint()
                .map(endpoint -> Spans.exportedTo(endpoint, config.cluster().nodeName()));
    }

    /** A message as it stands in the log. */
    public record Subject(UUID messageId, UUID conversationId, long sequenceNumber) {}

    /** What {@link System#nanoTime} was. */
    public record Times(long submittedNanos, long begunNanos, long committedNanos) {}

    /** A client wants this to be stored. Whether it is traced is decided here, for all nodes. */
    public void accepted(Object draft) {
        if (spans.isPresent() && ThreadLocalRandom.current().nextDouble() < sample) {
            drafts.put(draft, true);
        }
    }

    /** It is stored. Empty when it is not traced. */
    public Optional<Stage> committed(Object draft, Subject subject, Times times) {
        if (spans.isEmpty() || drafts.asMap().remove(draft) == null) {
            return Optional.empty();
        }
        return Optional.of(spans.get().committed(subject, times));
    }

    /**
     * It has come to the node of a device. The stage is over when the connection has taken it.
     *
     * @param traceparent what came with it, or null
     */
    public Optional<Stage> received(String traceparent, Subject subject) {
        return traceparent == null
                ? Optional.empty()
                : spans.flatMap(all -> all.begun("deliver", traceparent, subject));
    }

    /** The connection is about to take what {@link #received} told. Once it has, the acknowledgement may come at any time. */
    public void offered(Stage delivery, UUID connectionId, Subject subject) {
        spans.flatMap(all -> all.begun("ack", delivery.traceparent(), subject))
                .ifPresent(ack -> unacknowledged.add(connectionId, subject, ack));
    }

    /** Everything of the conversation up to there is acknowledged for good. */
    public void acknowledged(UUID connectionId, UUID conversationId, long upTo) {
        if (spans.isPresent()) {
            unacknowledged.end(connectionId, conversationId, upTo);
        }
    }

    void stop(@Observes @Priority(Stopping.CLUSTER) Stopping stopping) {
        stop();
    }

    /** Exports what is left. */
    @PreDestroy
    public void stop() {
        spans.ifPresent(Spans::close);
    }
}
