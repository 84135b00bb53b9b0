package io.duet.platform;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * Makes the histograms of all rooms alike: few buckets, the same on every node and in every version, so that they can be
 * added up. A room makes its meters once and keeps them: to look one up for each message would cost more than to count it.
 */
public final class Histograms {
    private static final Duration[] TIMES = Stream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);
    private static final double[] COUNTS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

    private Histograms() {}

    /**
     * Durations from a millisecond to ten seconds.
     *
     * @param tags names and values in turn
     */
    public static Timer seconds(MeterRegistry meters, String name, String description, String... tags) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(TIMES)
                .register(meters);
    }

    /**
     * Time that one message spends in a stage of its way through a node.
     *
     * @param stage {@code accept}, {@code commit}, {@code route} or {@code ack}
     */
    public static Timer stage(MeterRegistry meters, String stage) {
        return seconds(
                meters, "duet.message.stage", "Time that one message spent in a stage of its way", "stage", stage);
    }

    /** How much of something comes at once, from 1 to 1024. */
    public static DistributionSummary sizes(
            MeterRegistry meters, String name, String unit, String description, String... tags) {
        return DistributionSummary.builder(name)
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .serviceLevelObjectives(COUNTS)
                .register(meters);
    }
}
