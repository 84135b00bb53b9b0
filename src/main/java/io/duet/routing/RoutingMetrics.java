package io.duet.routing;

import io.duet.platform.Histograms;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What this node tells others, and what it loses on the way. */
final class RoutingMetrics {
    private final MeterRegistry meters;
    private final Counter dropped;
    private final Counter calls;
    private final Counter carried;
    private final Timer callTime;

    RoutingMetrics(MeterRegistry meters) {
        this.meters = meters;
        dropped = counter("duet.routing.notices.dropped", "Notices that were lost");
        calls = counter("duet.routing.calls", "Calls that carried notices to other nodes");
        carried = counter("duet.routing.notices.remote", "Notices for other nodes");
        callTime = Histograms.seconds(
                meters, "duet.routing.call", "Time until another node had taken the notices of one call");
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(meters);
    }

    /** @param direction {@code out} to other nodes, or {@code in} to the receiver on this one */
    void observeQueue(String direction, Supplier<Number> lists) {
        Gauge.builder("duet.routing.queue", lists)
                .description("Lists of notices that wait")
                .baseUnit("lists")
                .tag("direction", direction)
                .strongReference(true)
                .register(meters);
    }

    void dropped(int notices) {
        dropped.increment(notices);
    }

    void calling(int notices) {
        calls.increment();
        carried.increment(notices);
    }

    void called(long nanos) {
        callTime.record(nanos, TimeUnit.NANOSECONDS);
    }
}
