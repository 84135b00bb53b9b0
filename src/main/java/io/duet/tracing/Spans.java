package io.duet.tracing;

import io.duet.tracing.Tracing.Subject;
import io.duet.tracing.Tracing.Times;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes spans and exports them by OTLP over HTTP, some at a time, on a thread of its own. */
final class Spans implements AutoCloseable {
    private static final Pattern TRACEPARENT = Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-01");
    private static final AttributeKey<String> MESSAGE = AttributeKey.stringKey("duet.message_id");
    private static final AttributeKey<String> CONVERSATION = AttributeKey.stringKey("duet.conversation_id");
    private static final AttributeKey<Long> SEQUENCE = AttributeKey.longKey("duet.sequence_number");
    private static final Duration EXPORT_EVERY = Duration.ofSeconds(1);
    private static final Duration EXPORT_DEADLINE = Duration.ofSeconds(5);
    private static final int WAITING = 8192;

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    private Spans(SdkTracerProvider provider) {
        this.provider = provider;
        this.tracer = provider.get("io.duet");
    }

    static Spans exportedTo(URI endpoint, String nodeName) {
        String base = endpoint.toString().replaceAll("/+$", "");
        var exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(base + "/v1/traces")
                .setTimeout(EXPORT_DEADLINE)
                .build();
        var processor = BatchSpanProcessor.builder(exporter)
                .setScheduleDelay(EXPORT_EVERY)
                .setExporterTimeout(EXPORT_DEADLINE)
                .setMaxQueueSize(WAITING)
                .build();
        Resource resource = Resource.getDefault().toBuilder()
                .put("service.name", "duet")
                .put("service.instance.id", nodeName)
                .build();
        return new Spans(SdkTracerProvider.builder()
                .setResource(resource)
                .addSpanProcessor(processor)
                .build());
    }

    /** The stages that are over, and {@code route}, which begins. */
    Stage committed(Subject subject, Times times) {
        Clock clock = Clock.now();
        Span accept = span("accept", Context.root(), subject)
                .setSpanKind(SpanKind.SERVER)
                .setStartTimestamp(clock.instantOf(times.submittedNanos()))
                .startSpan();
        accept.end(clock.instantOf(times.begunNanos()));
        Span commit = span("commit", Context.root().with(accept), subject)
                .setSpanKind(SpanKind.CLIENT)
                .setStartTimestamp(clock.instantOf(times.begunNanos()))
                .startSpan();
        commit.end(clock.instantOf(times.committedNanos()));
        return new Stage(span("route", Context.root().with(commit), subject)
                .setSpanKind(SpanKind.PRODUCER)
                .setStartTimestamp(clock.instantOf(times.committedNanos()))
                .startSpan());
    }

    /** A stage after one on whatever node; empty when what came with the message is no traceparent of this version. */
    Optional<Stage> begun(String name, String traceparent, Subject subject) {
        Matcher parts = TRACEPARENT.matcher(traceparent);
        if (!parts.matches()) {
            return Optional.empty();
        }
        SpanContext parent = SpanContext.createFromRemoteParent(
                parts.group(1), parts.group(2), TraceFlags.getSampled(), TraceState.getDefault());
        return Optional.of(new Stage(span(name, Context.root().with(Span.wrap(parent)), subject)
                .setSpanKind(SpanKind.CONSUMER)
                .startSpan()));
    }

    private SpanBuilder span(String name, Context parent, Subject subject) {
        return tracer.spanBuilder(name)
                .setParent(parent)
                .setAttribute(MESSAGE, subject.messageId().toString())
                .setAttribute(CONVERSATION, subject.conversationId().toString())
                .setAttribute(SEQUENCE, subject.sequenceNumber());
    }

    /** Exports what is left, within the deadline. */
    @Override
    public void close() {
        provider.shutdown().join(EXPORT_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Both clocks of this machine at one moment. */
    private record Clock(Instant instant, long nanos) {
        static Clock now() {
            return new Clock(Instant.now(), System.nanoTime());
        }

        Instant instantOf(long nanoTime) {
            return instant.plusNanos(nanoTime - nanos);
        }
    }
}
