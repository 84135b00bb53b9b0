package io.duet.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.protocol.ErrorCode;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryParamsTest {

    private static final UUID A = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");
    private static final UUID B = UUID.fromString("0190a7e2-2222-7abc-8def-0123456789ab");

    private static QueryParams with(String name, String... values) {
        final MultivaluedHashMap<String, String> map = new MultivaluedHashMap<>();
        map.put(name, List.of(values));
        return QueryParams.of(map);
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(ApiException.class, refusal -> {
                    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_REQUEST);
                    assertThat(refusal.status()).isEqualTo(400);
                })
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "20, 20", "100, 100", "101, 100", "2147483647, 100", "007, 7"})
    void limitIsCapped(String given, int expected) {
        assertThat(with("limit", given).limit(20, 100)).isEqualTo(expected);
    }

    @Test
    void absentLimitIsTheDefault() {
        assertThat(with("other", "x").limit(20, 100)).isEqualTo(20);
        assertThat(with("other", "x").page(20, 100)).isEqualTo(new PageRequest(20, Optional.empty()));
        assertThat(with("cursor", "x").page(20, 100)).isEqualTo(new PageRequest(20, Optional.of("x")));
    }

    @Test
    void aFlagIsTrueOrFalseAndNothingElse() {
        assertThat(with("statuses", "true").flag("statuses")).isTrue();
        assertThat(with("statuses", "false").flag("statuses")).isFalse();
        assertThat(with("other", "x").flag("statuses")).isFalse();
        assertRefused(() -> with("statuses", "True").flag("statuses"), "statuses must be true or false");
        assertRefused(() -> with("statuses", "").flag("statuses"), "statuses is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "2147483648", "4294967297", "9007199254740991"})
    void limitOutOfRangeIsRefused(String limit) {
        assertRefused(() -> with("limit", limit).limit(20, 100), "limit must be an integer from 1 to 2147483647");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "-0",
                "+1",
                "abc",
                "1.0",
                "1e2",
                "0x10",
                " 1",
                "1 ",
                "١",
                "9007199254740992",
                "18446744073709551617",
                "1e1000000000"
            })
    void whatIsNoIntegerIsRefused(String value) {
        assertRefused(() -> with("limit", value).limit(20, 100), "limit must be an integer from 0 to 9007199254740991");
        assertRefused(
                () -> with("before_sequence", value).sequence("before_sequence"),
                "before_sequence must be an integer from 0 to 9007199254740991");
    }

    @Test
    void sequenceHasTheWholeRange() {
        assertThat(with("s", "0").sequence("s")).isEqualTo(OptionalLong.of(0));
        assertThat(with("s", "9007199254740991").sequence("s")).isEqualTo(OptionalLong.of(9_007_199_254_740_991L));
        assertThat(with("s", "1").sequence("t")).isEmpty();
    }

    @Test
    void twiceOrEmptyIsRefused() {
        assertRefused(() -> with("limit", "1", "2").limit(20, 100), "limit is there more than once");
        assertRefused(() -> with("limit", "").limit(20, 100), "limit is empty");
        assertRefused(() -> with("q", "\0").text("q"), "q holds U+0000 or an unpaired surrogate");
        assertRefused(() -> with("q", "\uD800").text("q"), "q holds U+0000 or an unpaired surrogate");
    }

    @Test
    void readsIdentifiers() {
        assertThat(with("id", A.toString()).uuid("id")).contains(A);
        assertThat(with("x", "y").uuid("id")).isEmpty();
        assertThat(with("ids", B + "," + A + "," + B).uuids("ids", 3)).containsExactly(B, A);
        assertRefused(() -> with("ids", A + "," + B).uuids("ids", 1), "ids holds more than 1 identifiers");
        assertRefused(() -> with("x", "y").uuids("ids", 1), "ids is missing");
        for (final String bad : List.of("x", A + ",", "," + A, A + ",," + B, A + ", " + B)) {
            assertRefused(() -> with("ids", bad).uuids("ids", 9), "ids must be a UUID in lower case");
        }
    }
}
