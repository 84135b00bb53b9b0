package io.duet.delivery;

import io.duet.platform.Histograms;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What the use cases report. */
final class DeliveryMetrics {
    private final MeterRegistry meters;
    private final Timer route;
    private final Counter reconciled;

    DeliveryMetrics(MeterRegistry meters) {
        this.meters = meters;
        route = Histograms.stage(meters, "route");
        reconciled = Counter.builder("duet.reconciliation.messages")
                .description("Messages that were pending for too long on connected devices, and were offered again")
                .register(meters);
    }

    void observeAdmissions(Supplier<Number> waiting) {
        Gauge.builder("duet.admission.queue", waiting)
                .description("Connections that wait to be judged")
                .baseUnit("connections")
                .strongReference(true)
                .register(meters);
    }

    /** A message that was committed then is in its inboxes and on its way to the nodes of its devices now. */
    void routed(long committedNanos, long nowNanos) {
        route.record(nowNanos - committedNanos, TimeUnit.NANOSECONDS);
    }

    void reconciled(int messages) {
        reconciled.increment(messages);
    }
}
