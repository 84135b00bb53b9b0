package io.duet.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class ArrivalTest {
    private final Arrival arrival = new Arrival(Runnable::run, new RoutingMetrics(new SimpleMeterRegistry()));

    @Test
    void aCallThatIsRepeatedAfterASplitIsKnownAgain() {
        assertThat(arrival.isNew("a", 1)).isTrue();
        assertThat(arrival.isNew("a", 3)).isTrue();
        assertThat(arrival.isNew("a", 1)).isFalse();
        assertThat(arrival.isNew("a", 3)).isFalse();
        assertThat(arrival.isNew("a", 2)).as("late, not repeated").isTrue();
        assertThat(arrival.isNew("a", 2)).isFalse();
        assertThat(arrival.isNew("b", 1)).as("of another node").isTrue();
    }

    @Test
    void onlyTheLatestAreRemembered() {
        for (long number = 1; number <= 10_000; number++) {
            assertThat(arrival.isNew("a", number)).isTrue();
        }
        assertThat(arrival.isNew("a", 9_999)).isFalse();
        assertThat(arrival.isNew("a", 10_000 - 4_096)).as("too old to tell").isFalse();
        assertThat(arrival.isNew("a", 1_000_000)).isTrue();
        assertThat(arrival.isNew("a", 999_000)).as("in a gap").isTrue();
        assertThat(arrival.isNew("a", 999_000)).isFalse();
    }
}
