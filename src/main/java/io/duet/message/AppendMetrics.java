package io.duet.message;

import io.duet.platform.GroupCommit.Times;
import io.duet.platform.Histograms;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Counts what became of drafts, and how long each one waited for its transaction and was in it. */
final class AppendMetrics {
    private final Counter stored;
    private final Counter duplicates;
    private final Counter refused;
    private final Timer accept;
    private final Timer commit;

    AppendMetrics(MeterRegistry meters) {
        stored = counter(meters, "stored");
        duplicates = counter(meters, "duplicate");
        refused = counter(meters, "refused");
        accept = Histograms.stage(meters, "accept");
        commit = Histograms.stage(meters, "commit");
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
                time(appended.times());
            } else {
                refused.increment();
            }
        }
    }

    private void time(Times times) {
        accept.record(times.begunNanos() - times.submittedNanos(), TimeUnit.NANOSECONDS);
        commit.record(times.committedNanos() - times.begunNanos(), TimeUnit.NANOSECONDS);
    }
}
