package io.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimestampsTest {

    @ParameterizedTest
    @CsvSource({
        "2026-03-01T09:30:00Z,            2026-03-01T09:30:00.000Z",
        "2026-03-01T09:30:00.1Z,          2026-03-01T09:30:00.100Z",
        "2024-02-29T23:59:59.999999999Z,  2024-02-29T23:59:59.999Z",
        "1970-01-01T00:00:00.000999Z,     1970-01-01T00:00:00.000Z",
        "1969-12-31T23:59:59.001Z,        1969-12-31T23:59:59.001Z",
        "0000-01-01T00:00:00Z,            0000-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z,        9999-12-31T23:59:59.999Z",
    })
    void hasMillisecondsAndZ(Instant instant, String expected) {
        assertThat(Timestamps.format(instant)).isEqualTo(expected);
    }

    @Test
    void agreesWithTheJdk() {
        final DateTimeFormatter jdk =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
        final Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            final Instant instant = Instant.ofEpochSecond(
                    random.nextLong(-62_135_596_800L, 253_402_300_800L), random.nextInt(1_000_000_000));
            assertThat(Timestamps.format(instant)).isEqualTo(jdk.format(instant));
        }
    }

    @Test
    void refusesWhatRfc3339CannotSay() {
        assertThatThrownBy(() -> Timestamps.format(Instant.parse("+10000-01-01T00:00:00Z")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Timestamps.format(Instant.parse("-0001-12-31T23:59:59Z")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
