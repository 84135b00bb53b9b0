package io.duet.push;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The small values of the room. */
class PushTokenTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"endpoint":"x"} | webpush | {"endpoint":"x"}
            fcm:dPz:3 | fcm | dPz:3
            apns-voip:00fa | apns-voip | 00fa
            FCM:x | `` | FCM:x
            no kind | `` | no kind
            :x | `` | :x
            fcm: | `` | fcm:
            """)
    void isOfTheKindThatItSays(String token, String kind, String value) {
        assertThat(PushToken.parse(token)).isEqualTo(new PushToken(kind, value));
        assertThat(PushToken.parse(token).toString()).doesNotContain(value);
    }

    @Test
    void aPreviewIsShortAndCutsNoCharacter() {
        assertThat(Occasions.preview("short")).isEqualTo("short");
        assertThat(Occasions.preview("👋".repeat(120))).isEqualTo("👋".repeat(120));
        assertThat(Occasions.preview("👋".repeat(121))).isEqualTo("👋".repeat(120) + "…");
    }

    @Test
    void backsOffLongerEachTimeWithJitterAndGivesUp() {
        var backoff = new Backoff(new Random(1));
        Duration total = Duration.ZERO;
        for (int failures = 0; failures < Backoff.MOST_ATTEMPTS - 1; failures++) {
            Duration least = Duration.ofSeconds(5L << failures);
            Duration wait = backoff.after(failures, Optional.empty()).orElseThrow();
            assertThat(wait).isBetween(least, least.plus(least.dividedBy(2)));
            total = total.plus(wait);
        }
        assertThat(total).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(17));
        assertThat(backoff.after(Backoff.MOST_ATTEMPTS - 1, Optional.empty())).isEmpty();
        assertThat(backoff.after(0, Optional.of(Duration.ofHours(1))))
                .get()
                .satisfies(wait -> assertThat(wait)
                        .isBetween(Duration.ofHours(1), Duration.ofHours(1).plusSeconds(3)));
        assertThat(IntStream.range(0, 20)
                        .mapToObj(i -> backoff.after(0, Optional.empty()).orElseThrow())
                        .distinct()
                        .count())
                .isGreaterThan(10);
    }

    @Test
    void remembersEachConversationOfADeviceOnceAndOnlySoMany() {
        var waiting = new Waiting(2);
        UUID device = UUID.randomUUID();
        UUID one = UUID.randomUUID();
        UUID two = UUID.randomUUID();
        Duration wait = Duration.ofNanos(10);
        assertThat(waiting.add(device, one, 0)).isTrue();
        assertThat(waiting.add(device, two, 3)).isTrue();
        assertThat(waiting.add(device, one, 5)).isTrue();
        assertThat(waiting.add(device, UUID.randomUUID(), 5)).isFalse();
        assertThat(waiting.take(wait, 9, 5)).isEmpty();
        assertThat(waiting.take(wait, 12, 5)).containsExactly(new Due(device, one));
        assertThat(waiting.take(wait, 13, 5)).containsExactly(new Due(device, two));
    }
}
