package io.duet.platform;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the lanes of one {@link GroupCommit} report, tagged with its name. */
final class CommitMetrics {
    private static final String TAG = "log";

    private final String name;
    private final MeterRegistry meters;
    private final DistributionSummary batchSize;
    private final Timer latency;
    private final Counter retries;
    private final Counter refused;
    private final Counter overdue;

    CommitMetrics(String name, MeterRegistry meters) {
        this.name = name;
        this.meters = meters;
        batchSize =
                Histograms.sizes(meters, "duet.commit.batch", "items", "Items stored in one transaction", TAG, name);
        latency = Histograms.seconds(
                meters, "duet.commit.latency", "Time that the transaction of one batch took", TAG, name);
        retries = counter("duet.commit.retries", "Batches that were tried again after a passing failure");
        refused = counter("duet.commit.refused", "Items that the database refused for their content");
        overdue = counter("duet.commit.overdue", "Items whose deadline passed before they were stored");
    }

    private Counter counter(String meter, String description) {
        return Counter.builder(meter).description(description).tag(TAG, name).register(meters);
    }

    void observeDepth(List<? extends CommitLane<?, ?>> lanes) {
        Gauge.builder(
                        "duet.commit.queue",
                        lanes,
                        all -> all.stream().mapToInt(CommitLane::depth).sum())
                .description("Items that wait to be stored")
                .baseUnit("items")
                .tag(TAG, name)
                .strongReference(true)
                .register(meters);
    }

    void committed(int items, long nanos) {
        batchSize.record(items);
        latency.record(nanos, TimeUnit.NANOSECONDS);
    }

    void retried() {
        retries.increment();
    }

    void refused() {
        refused.increment();
    }

    void overdue() {
        overdue.increment();
    }
}
