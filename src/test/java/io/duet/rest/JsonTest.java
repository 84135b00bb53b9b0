package io.duet.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.protocol.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    private static final UUID ID = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");

    private final Json json = new Json(16);

    enum Kind {
        PHONE,
        SMART_WATCH
    }

    record Body(String userName, UUID deviceId, Kind kind, int count, boolean on, Optional<String> note) {}

    record Patch(Change<String> name, Change<String> pushToken) {}

    record Answer(UUID userId, Instant createdAt, Kind kind, Optional<String> name, String nothing, List<Long> marks) {}

    private static String body(String userName, String deviceId, String kind, String count, String on) {
        return "{\"user_name\":" + userName + ",\"device_id\":" + deviceId + ",\"kind\":" + kind + ",\"count\":" + count
                + ",\"on\":" + on + "}";
    }

    private static final String GOOD = body("\"a\"", "\"" + ID + "\"", "\"smart_watch\"", "7", "true");

    private Object read(String text, Class<?> type) {
        return json.read(text.getBytes(StandardCharsets.UTF_8), type);
    }

    private void assertRefused(String text, String message) {
        assertThatThrownBy(() -> read(text, Body.class))
                .as(text.substring(0, Math.min(200, text.length())))
                .isInstanceOfSatisfying(ApiException.class, refusal -> {
                    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_REQUEST);
                    assertThat(refusal.status()).isEqualTo(400);
                    assertThat(refusal).hasMessage(message);
                });
    }

    @Test
    void readsWhatIsRight() {
        assertThat(read(GOOD, Body.class)).isEqualTo(new Body("a", ID, Kind.SMART_WATCH, 7, true, Optional.empty()));
    }

    @Test
    void ignoresUnknownFields() {
        assertThat(read("{\"x\":[1.5,{\"y\":null}],\"note\":\"n\"," + GOOD.substring(1), Body.class))
                .isEqualTo(new Body("a", ID, Kind.SMART_WATCH, 7, true, Optional.of("n")));
    }

    @Test
    void coercesNothing() {
        final String id = "\"" + ID + "\"";
        for (final String notText : List.of("1", "1.5", "true", "[]", "{}", "[\"a\"]")) {
            assertRefused(body(notText, id, "\"phone\"", "7", "true"), "user_name is not of the right form");
        }
        for (final String notId : List.of(
                "1",
                "\"\"",
                "\"" + ID.toString().toUpperCase(java.util.Locale.ROOT) + "\"",
                "\"1-1-1-1-1\"",
                "[]",
                "{}",
                "\"AZCn4hERerwN7wEjRWeJqw==\"")) {
            assertRefused(body("\"a\"", notId, "\"phone\"", "7", "true"), "device_id is not of the right form");
        }
        for (final String notKind :
                List.of("0", "\"\"", "\"PHONE\"", "\"Phone\"", "\"fax\"", "true", "[\"phone\"]", "{}")) {
            assertRefused(body("\"a\"", id, notKind, "7", "true"), "kind is not of the right form");
        }
        for (final String notCount : List.of(
                "\"7\"", "7.0", "7.5", "1e2", "true", "\"\"", "null", "2147483648", "18446744073709551617", "[]")) {
            assertRefused(body("\"a\"", id, "\"phone\"", notCount, "true"), "count is not of the right form");
        }
        for (final String notFlag : List.of("\"true\"", "1", "0", "\"\"", "null", "[]")) {
            assertRefused(body("\"a\"", id, "\"phone\"", "7", notFlag), "on is not of the right form");
        }
    }

    @Test
    void namesTheFieldThatIsMissing() {
        assertRefused("{}", "count is not of the right form");
        assertRefused("{\"count\":1,\"on\":true}", "user_name is missing");
        assertRefused(body("null", "\"" + ID + "\"", "\"phone\"", "7", "true"), "user_name is missing");
        assertRefused(body("\"a\"", "null", "\"phone\"", "7", "true"), "device_id is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\u0000", "\\ud800", "\\udc00\\ud800", "a\\udbff"})
    void takesNoTextThatCannotBeStored(String text) {
        assertRefused(
                body("\"" + text + "\"", "\"" + ID + "\"", "\"phone\"", "7", "true"),
                "user_name is not of the right form");
    }

    @Test
    void takesOneWellFormedObjectOnly() {
        final String malformed = "the body is not one well-formed JSON object without repeated keys";
        for (final String text : List.of(
                "{",
                "{\"a\":1,}",
                "{'a':1}",
                "{\"a\":1,\"a\":1}",
                "{\"x\":{\"a\":1,\"a\":2}}",
                "{\"x\":[{\"a\":1,\"\\u0061\":2}]}",
                "{\"count\":01}",
                "{\"count\":NaN}",
                "\uFEFF" + GOOD,
                "// c\n" + GOOD,
                "{\"x\":" + "[".repeat(100_000),
                "{\"x\":" + "[".repeat(16) + "]".repeat(16) + "}",
                GOOD + "}",
                GOOD + " x")) {
            assertRefused(text, malformed);
        }
        for (final String text : List.of("", " ", "null", "[]", "\"a\"", "1", "true", GOOD + " {}", "[" + GOOD + "]")) {
            assertRefused(text, "the body must be a JSON object");
        }
    }

    @Test
    void takesFifteenLevelsWithinTheObject() {
        final String nested = "{\"x\":" + "[".repeat(15) + "]".repeat(15) + "," + GOOD.substring(1);
        assertThat(read(nested, Body.class)).isInstanceOf(Body.class);
    }

    @Test
    void refusesWhatIsNotUtf8() {
        for (final byte[] bytes : List.of(
                new byte[] {'{', '"', (byte) 0xc3, '"', ':', '1', '}'},
                new byte[] {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', ':', '1', '}'})) {
            assertThatThrownBy(() -> json.read(bytes, Body.class))
                    .as(Arrays.toString(bytes))
                    .isInstanceOf(ApiException.class)
                    .hasMessage("the body is not UTF-8");
        }
        assertThatThrownBy(() -> json.read(GOOD.getBytes(StandardCharsets.UTF_16BE), Body.class))
                .isInstanceOf(ApiException.class)
                .hasMessage("the body is not one well-formed JSON object without repeated keys");
    }

    @Test
    void tellsAbsentFromNull() {
        assertThat(read("{\"push_token\":null}", Patch.class))
                .isEqualTo(new Patch(new Change.Keep<>(), new Change.To<>(Optional.empty())));
        assertThat(read("{\"name\":\"n\"}", Patch.class))
                .isEqualTo(new Patch(new Change.To<>(Optional.of("n")), new Change.Keep<>()));
        assertThatThrownBy(() -> read("{\"name\":1}", Patch.class)).hasMessage("name is not of the right form");
    }

    @Test
    void writesSnakeCaseMillisecondsAndNulls() {
        final Answer answer = new Answer(
                ID,
                Instant.parse("2026-03-01T09:30:00.120999Z"),
                Kind.SMART_WATCH,
                Optional.empty(),
                null,
                List.of(1L, (1L << 53) - 1));
        assertThat(new String(json.write(answer), StandardCharsets.UTF_8))
                .isEqualTo("{\"user_id\":\"" + ID
                        + "\",\"created_at\":\"2026-03-01T09:30:00.120Z\",\"kind\":\"smart_watch\","
                        + "\"name\":null,\"nothing\":null,\"marks\":[1,9007199254740991]}");
        assertThat(new String(json.write(new Page<>(List.of(Map.of("a", 1)), null)), StandardCharsets.UTF_8))
                .isEqualTo("{\"items\":[{\"a\":1}],\"next_cursor\":null}");
    }
}
