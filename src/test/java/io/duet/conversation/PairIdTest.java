package io.duet.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class PairIdTest {
    private static final UUID ONE = UUID.fromString("01900000-0000-7000-8000-000000000001");
    private static final UUID OTHER = UUID.fromString("f1900000-0000-7000-8000-000000000002");

    /** Another value would make a second conversation for every pair: this one is for ever. */
    @Test
    void isTheSameForEver() {
        assertThat(PairId.of(ONE, OTHER)).hasToString(EXPECTED);
        assertThat(PairId.of(OTHER, ONE)).hasToString(EXPECTED);
    }

    private static final String EXPECTED = "9d112bb0-34f2-8c9f-b694-cac1a001ef1a";

    @Test
    void isAUuidOfVersionEight() {
        for (int i = 0; i < 100; i++) {
            UUID id = PairId.of(ONE, UUID.randomUUID());
            assertThat(id.version()).isEqualTo(8);
            assertThat(id.variant()).isEqualTo(2);
        }
    }
}
