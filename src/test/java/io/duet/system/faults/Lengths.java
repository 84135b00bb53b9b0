package io.duet.system.faults;

import java.time.Duration;

/** How long faults last: short by default, as long as written with {@code -Dfaults=full}. */
final class Lengths {

    private static final boolean FULL = "full".equals(System.getProperty("faults"));

    private Lengths() {}

    /** What is promised on a machine of one's own; where nodes start beside the clients it may take three times as long. */
    static Duration onBusyMachine(Duration promised) {
        return promised.multipliedBy(3);
    }

    static Duration of(int seconds, int fullSeconds) {
        return Duration.ofSeconds(FULL ? fullSeconds : seconds);
    }
}
