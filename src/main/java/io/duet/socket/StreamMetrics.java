package io.duet.socket;

import io.duet.platform.Histograms;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What all {@link MessageStream}s of this node report. */
final class StreamMetrics {
    private final Counter delivered;
    private final Counter redeliveries;
    private final Counter suppressed;
    private final Counter gaps;
    private final Timer ack;

    StreamMetrics(MeterRegistry meters) {
        delivered = counter(meters, "duet.deliveries", "Messages that went out to devices");
        redeliveries = counter(
                meters,
                "duet.redeliveries",
                "Messages that had gone out on a connection which ended without their acknowledgement");
        suppressed = counter(
                meters,
                "duet.deliveries.suppressed",
                "Messages that a connection had been sent already, and was not again");
        gaps = counter(meters, "duet.gaps.filled", "Holes in a conversation that were filled from the log");
        ack = Histograms.stage(meters, "ack");
    }

    private static Counter counter(MeterRegistry meters, String name, String description) {
        return Counter.builder(name).description(description).register(meters);
    }

    void delivered() {
        delivered.increment();
    }

    void redelivered(int messages) {
        redeliveries.increment(messages);
    }

    void suppressed() {
        suppressed.increment();
    }

    void gapFilled() {
        gaps.increment();
    }

    /** A message that went out then has been acknowledged now. */
    void acknowledged(long sentNanos, long nowNanos) {
        ack.record(nowNanos - sentNanos, TimeUnit.NANOSECONDS);
    }
}
