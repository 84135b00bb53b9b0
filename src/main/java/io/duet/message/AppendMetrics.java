package io.duet.message;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/** Counts what became of drafts. */
final class AppendMetrics {
    private final Counter stored;
    private final Counter duplicates;
    private final Counter refused;

    AppendMetrics(MeterRegistry meters) {
        stored = counter(meters, "stored");
        duplicates = counter(meters, "duplicate");
        refused = counter(meters, "refused");
    }

    private static Counter counter(MeterRegistry meters, String outcome) {
        return Counter.builder("duet.messages.appended")
                .description("Drafts by what became of them")
                .tag("outcome", outcome)
                .register(meters);
    }

    void count(List<Appended> batch) {
        for (Appended appended : batch) {
            if (appended.outcome() instanceof AppendOutcome.Stored message) {
                (message.duplicate() ? duplicates : stored).increment();
            } else {
                refused.increment();
            }
        }
    }
}
