package io.duet.push;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts what becomes of pushes. */
final class PushMetrics {
    private static final String NAME = "duet.pushes";

    private final MeterRegistry meters;

    PushMetrics(MeterRegistry meters) {
        this.meters = meters;
        for (String outcome : new String[] {"accepted", "gone", "retried", "given_up", "refused"}) {
            count(outcome, 0);
        }
    }

    void accepted() {
        count("accepted", 1);
    }

    void gone() {
        count("gone", 1);
    }

    void retried() {
        count("retried", 1);
    }

    void givenUp() {
        count("given_up", 1);
    }

    void refused() {
        count("refused", 1);
    }

    private void count(String outcome, int by) {
        Counter.builder(NAME)
                .description("Pushes by what became of them")
                .tag("outcome", outcome)
                .register(meters)
                .increment(by);
    }
}
