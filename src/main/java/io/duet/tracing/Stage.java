package io.duet.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;

/** A stage of a traced message that is under way on this node. Safe for all threads. */
public final class Stage {
    private static final String VERSION = "00";
    private static final String SAMPLED = "01";

    private final Span span;

    Stage(Span span) {
        this.span = span;
    }

    /** What a later stage needs to belong to this one, on whatever node (W3C Trace Context, section 3.2). */
    public String traceparent() {
        SpanContext context = span.getSpanContext();
        return String.join("-", VERSION, context.getTraceId(), context.getSpanId(), SAMPLED);
    }

    /** It is over now. Again does nothing. */
    public void end() {
        span.end();
    }
}
