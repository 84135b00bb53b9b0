package io.duet.account;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts sign-ins by what came of them. */
final class SignInMetrics {
    private final Counter correct;
    private final Counter wrong;
    private final Counter throttled;

    SignInMetrics(MeterRegistry meters) {
        correct = counter(meters, "ok");
        wrong = counter(meters, "wrong");
        throttled = counter(meters, "throttled");
    }

    private static Counter counter(MeterRegistry meters, String outcome) {
        return Counter.builder("duet.sign.ins")
                .description("Sign-ins by what came of them")
                .tag("outcome", outcome)
                .register(meters);
    }

    void count(SignIn.Outcome outcome) {
        if (outcome instanceof SignIn.Outcome.Correct) {
            correct.increment();
        } else if (outcome instanceof SignIn.Outcome.Wrong) {
            wrong.increment();
        } else if (outcome instanceof SignIn.Outcome.TooManyFailures) {
            throttled.increment();
        }
    }
}
