package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.RawWebSocket;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a frame holds, it gets the contract's error and costs nothing else: the connection goes on, the next message
 * has the next sequence number, and nothing of the bad frame was stored.
 */
@ExtendWith(SharedServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadFramesTest {

    private Talk talk;
    private Talk foreign;
    private UUID device;
    private UUID foreignMessage;
    private DuetClient bob;
    private final List<String> stored = new ArrayList<>();

    @BeforeAll
    void meet(Duet duet) throws Exception {
        talk = Talk.on(duet);
        foreign = Talk.on(duet);
        device = talk.alice().device("web");
        bob = talk.bob().online();
        try (DuetClient stranger = foreign.alice().online()) {
            foreignMessage = UUID.fromString(text(stranger.say(foreign.conversation(), "private"), "message_id"));
        }
    }

    @AfterAll
    void part() {
        bob.close();
    }

    static Stream<Arguments> badFrames() {
        String nested = "[".repeat(100_000) + "]".repeat(100_000);
        String halfNested = "{\"action\":\"ping\",\"x\":" + "[".repeat(60_000);
        return Stream.of(
                frame("empty", "", "bad_request"),
                frame("no JSON", "hello", "bad_request"),
                frame("null", "null", "bad_request"),
                frame("array", "[]", "bad_request"),
                frame("number", "1", "bad_request"),
                frame("text", "\"ping\"", "bad_request"),
                frame("empty object", "{}", "bad_request"),
                frame("cut off", "{\"action\":\"ping\"", "bad_request"),
                frame("trailing", "{\"action\":\"ping\"} {}", "bad_request"),
                frame("trailing garbage", "{\"action\":\"ping\"}x", "bad_request"),
                frame("comment", "{\"action\":\"ping\"/*x*/}", "bad_request"),
                frame("single quotes", "{'action':'ping'}", "bad_request"),
                frame("NaN", "{\"action\":\"ping\",\"x\":NaN}", "bad_request"),
                frame("leading zero", "{\"action\":\"ping\",\"x\":01}", "bad_request"),
                frame("byte order mark", "\uFEFF{\"action\":\"ping\"}", "bad_request"),
                frame("duplicate key", "{\"action\":\"ping\",\"action\":\"ping\"}", "bad_request"),
                frame("duplicate unknown key", "{\"action\":\"ping\",\"x\":1,\"x\":1}", "bad_request"),
                frame("nested duplicate", "{\"action\":\"ping\",\"x\":{\"y\":1,\"y\":1}}", "bad_request"),
                frame("nested 100,000 arrays", nested.substring(0, 100_000), "bad_request"),
                frame("nested in an unknown field", halfNested, "bad_request"),
                frame("depth 17", "{\"action\":\"ping\",\"x\":" + "[".repeat(16) + "]".repeat(16) + "}", "bad_request"),
                frame("unknown action", "{\"action\":\"explode\"}", "unknown_action"),
                frame("action of other case", "{\"action\":\"Ping\"}", "unknown_action"),
                frame("empty action", "{\"action\":\"\"}", "unknown_action"),
                frame("action null", "{\"action\":null}", "bad_request"),
                frame("action number", "{\"action\":1}", "bad_request"),
                frame("send nothing", "{\"action\":\"send_message\"}", "bad_request"),
                send("content number", "7", "\"b-1\"", "bad_request"),
                send("content null", "null", "\"b-1\"", "bad_request"),
                send("content object", "{\"a\":1}", "\"b-1\"", "bad_request"),
                send("content empty", "\"\"", "\"b-1\"", "content_empty"),
                send("content blank", "\" \\t\\r\\n\"", "\"b-1\"", "content_empty"),
                send("no-break space", "\"\u00A0\u2003\u3000\"", "\"b-1\"", "content_empty"),
                send("zero width", "\"\u200B\u200C\u200D\u2060\uFEFF\"", "\"b-1\"", "content_empty"),
                send("direction marks", "\"\u200E\u200F\u202E\u2066\u2069\"", "\"b-1\"", "content_empty"),
                send("soft hyphen", "\"\u00AD\"", "\"b-1\"", "content_empty"),
                send("hangul filler", "\"\u3164\u115F\u1160\uFFA0\"", "\"b-1\"", "content_empty"),
                send("variation selectors", "\"\uFE0F\uDB40\uDD00\"", "\"b-1\"", "content_empty"),
                send("tags", "\"\uDB40\uDC41\"", "\"b-1\"", "content_empty"),
                send("braille blank", "\"\u2800\"", "\"b-1\"", "content_empty"),
                send("NUL", "\"a\\u0000b\"", "\"b-1\"", "content_invalid"),
                send("high surrogate alone", "\"a\\ud83d\"", "\"b-1\"", "content_invalid"),
                send("low surrogate alone", "\"\\ude00a\"", "\"b-1\"", "content_invalid"),
                send("surrogates swapped", "\"\\ude00\\ud83d\"", "\"b-1\"", "content_invalid"),
                send("limit + 1", "\"" + "a".repeat(10_001) + "\"", "\"b-1\"", "content_too_long"),
                send("limit + 1 of 4 bytes", "\"" + "😀".repeat(10_001) + "\"", "\"b-1\"", "content_too_long"),
                send("id missing", "\"x\"", "null", "bad_request"),
                send("id number", "\"x\"", "5", "bad_request"),
                send("id empty", "\"x\"", "\"\"", "client_message_id_invalid"),
                send("id of 65", "\"x\"", "\"" + "i".repeat(65) + "\"", "client_message_id_invalid"),
                send("id with blank", "\"x\"", "\"a b\"", "client_message_id_invalid"),
                send("id with tab", "\"x\"", "\"a\\tb\"", "client_message_id_invalid"),
                send("id with NUL", "\"x\"", "\"a\\u0000\"", "client_message_id_invalid"),
                send("id beyond ASCII", "\"x\"", "\"é\"", "client_message_id_invalid"),
                send("id with DEL", "\"x\"", "\"a\\u007f\"", "client_message_id_invalid"),
                frame("raw control character", "{\"action\":\"ping\",\"x\":\"a\nb\"}", "bad_request"),
                frame(
                        "conversation number",
                        "{\"action\":\"send_message\",\"conversation_id\":1,\"content\":\"x\",\"client_message_id\":\"b\"}",
                        "bad_request"),
                frame(
                        "conversation no UUID",
                        "{\"action\":\"send_message\",\"conversation_id\":\"x\",\"content\":\"x\",\"client_message_id\":\"b\"}",
                        "bad_request"),
                frame(
                        "conversation short UUID",
                        "{\"action\":\"send_message\",\"conversation_id\":\"1-1-1-1-1\",\"content\":\"x\","
                                + "\"client_message_id\":\"b\"}",
                        "bad_request"),
                frame("unknown conversation", sendTo(UUID.randomUUID()), "not_found"),
                frame("foreign conversation", sendTo(null), "not_found"),
                frame("typing nowhere", "{\"action\":\"typing\"}", "bad_request"),
                frame("typing in unknown", "{\"action\":\"typing\",\"conversation_id\":\"%u\"}", "not_found"),
                frame("typing in foreign", "{\"action\":\"typing\",\"conversation_id\":\"%f\"}", "not_found"),
                frame("ack nothing", "{\"action\":\"ack\"}", "bad_request"),
                frame("ack half", "{\"action\":\"ack\",\"conversation_id\":\"%c\"}", "bad_request"),
                frame("ack unknown message", "{\"action\":\"ack\",\"message_id\":\"%u\"}", "not_found"),
                frame("ack foreign message", "{\"action\":\"ack\",\"message_id\":\"%m\"}", "not_found"),
                frame(
                        "ack in unknown",
                        "{\"action\":\"ack\",\"conversation_id\":\"%u\",\"sequence_number\":1}",
                        "not_found"),
                frame(
                        "ack in foreign",
                        "{\"action\":\"ack\",\"conversation_id\":\"%f\",\"sequence_number\":1}",
                        "not_found"),
                numbered("ack", "sequence_number", "9007199254740991", "sequence_out_of_range"),
                numbered("ack", "sequence_number", "-1", "bad_request"),
                numbered("ack", "sequence_number", "1.5", "bad_request"),
                numbered("ack", "sequence_number", "1.0", "bad_request"),
                numbered("ack", "sequence_number", "1e0", "bad_request"),
                numbered("ack", "sequence_number", "\"1\"", "bad_request"),
                numbered("ack", "sequence_number", "true", "bad_request"),
                numbered("ack", "sequence_number", "18446744073709551617", "bad_request"),
                numbered("ack", "sequence_number", "9007199254740992", "bad_request"),
                numbered("ack", "sequence_number", "1e1000000000", "bad_request"),
                numbered("ack", "sequence_number", "4294967297", "sequence_out_of_range"),
                numbered("read_receipt", "last_read_sequence", "4294967297", "sequence_out_of_range"),
                numbered("read_receipt", "last_read_sequence", "18446744073709551617", "bad_request"),
                numbered("read_receipt", "last_read_sequence", "-1", "bad_request"),
                numbered("read_receipt", "last_read_sequence", "0.5", "bad_request"),
                numbered("read_receipt", "last_read_sequence", "1e1000000000", "bad_request"),
                numbered("read_receipt", "last_read_sequence", "null", "bad_request"),
                frame(
                        "read in foreign",
                        "{\"action\":\"read_receipt\",\"conversation_id\":\"%f\",\"last_read_sequence\":0}",
                        "not_found"),
                frame(
                        "read in unknown",
                        "{\"action\":\"read_receipt\",\"conversation_id\":\"%u\",\"last_read_sequence\":0}",
                        "not_found"),
                numbered("sync", "after_sequence", "-1", "bad_request"),
                numbered("sync", "after_sequence", "18446744073709551617", "bad_request"),
                numbered("sync", "after_sequence", "0,\"limit\":0", "bad_request"),
                numbered("sync", "after_sequence", "0,\"limit\":-1", "bad_request"),
                numbered("sync", "after_sequence", "0,\"limit\":501", "bad_request"),
                numbered("sync", "after_sequence", "0,\"limit\":4294967297", "bad_request"),
                numbered("sync", "after_sequence", "0,\"limit\":\"10\"", "bad_request"),
                frame(
                        "sync in foreign",
                        "{\"action\":\"sync\",\"conversation_id\":\"%f\",\"after_sequence\":0}",
                        "not_found"),
                frame(
                        "sync in unknown",
                        "{\"action\":\"sync\",\"conversation_id\":\"%u\",\"after_sequence\":0}",
                        "not_found"),
                frame("authenticate with nothing", "{\"action\":\"authenticate\"}", "bad_request"),
                frame("authenticate with a number", "{\"action\":\"authenticate\",\"token\":1}", "bad_request"));
    }

    private static Arguments frame(String name, String text, String code) {
        return Arguments.argumentSet(name, text, code);
    }

    private static Arguments send(String name, String content, String clientMessageId, String code) {
        return frame(
                name,
                "{\"action\":\"send_message\",\"conversation_id\":\"%c\",\"content\":" + content
                        + ",\"client_message_id\":" + clientMessageId + "}",
                code);
    }

    private static String sendTo(UUID conversation) {
        return "{\"action\":\"send_message\",\"conversation_id\":\"" + (conversation == null ? "%f" : conversation)
                + "\",\"content\":\"x\",\"client_message_id\":\"b\"}";
    }

    private static Arguments numbered(String action, String field, String value, String code) {
        return frame(
                action + " " + field + " " + value,
                "{\"action\":\"" + action + "\",\"conversation_id\":\"%c\",\"" + field + "\":" + value + "}",
                code);
    }

    private String filled(String template) {
        return template.replace("%c", talk.conversation().toString())
                .replace("%f", foreign.conversation().toString())
                .replace("%m", foreignMessage.toString())
                .replace("%u", UUID.randomUUID().toString());
    }

    @ParameterizedTest
    @MethodSource("badFrames")
    void badFrameCostsNothingElse(String template, String code) throws Exception {
        String frame = filled(template);
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.socket().sendText(frame);
            var error = alice.expectError(code);
            assertThat(error.get("retryable").asBoolean()).isFalse();
            assertThat(text(error, "message")).isNotBlank().doesNotContain("Exception", "tools.jackson", "io.duet");
            alice.ping();
            assertNextMessageIsTheNext(alice);
        }
    }

    /** The only errors of these connections are the expected ones, and only whole good messages were stored. */
    private void assertNextMessageIsTheNext(DuetClient alice) throws IOException {
        String content = "next " + stored.size();
        assertThat(number(alice.say(talk.conversation(), content), "sequence_number"))
                .isEqualTo(stored.size() + 1);
        stored.add(content);
        var message = bob.expect("new_message");
        assertThat(text(message, "content")).isEqualTo(content);
        assertThat(number(message, "sequence_number")).isEqualTo(stored.size());
        bob.ackUpTo(talk.conversation(), stored.size());
        alice.expect("delivered");
        assertThat(alice.untaken()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("goodContents")
    void contentIsKeptByteForByte(String content) throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            assertThat(number(alice.say(talk.conversation(), content), "sequence_number"))
                    .isEqualTo(stored.size() + 1);
            stored.add(content);
            assertThat(text(bob.expect("new_message"), "content")).isEqualTo(content);
            bob.ackUpTo(talk.conversation(), stored.size());
            alice.expect("delivered");
            assertThat(text(
                            talk.bob()
                                    .get("/api/conversations/" + talk.conversation() + "/messages?limit=1")
                                    .expect(200)
                                    .get("items")
                                    .get(0),
                            "content"))
                    .isEqualTo(content);
        }
    }

    static Stream<Arguments> goodContents() {
        return Stream.of(
                Arguments.argumentSet("leading and trailing blanks", "  x\u00A0 "),
                Arguments.argumentSet("CRLF", "a\r\nb\rc\n"),
                Arguments.argumentSet("tab and backspace", "\ta\bb\u0001\u001F\u007F"),
                Arguments.argumentSet("decomposed", "e\u0301 is not \u00E9"),
                Arguments.argumentSet("many combining marks", "a" + "\u0301".repeat(500)),
                Arguments.argumentSet("right to left", "\u202Eabc\u200F שלום"),
                Arguments.argumentSet("family", "👨‍👩‍👧‍👦 🇩🇪 👍🏽"),
                Arguments.argumentSet("JSON inside", "{\"a\":\"\\u0000\"}\\"),
                Arguments.argumentSet("HTML and SQL", "<script>alert(1)</script>'; DROP TABLE messages; --"),
                Arguments.argumentSet("line separators", "a\u2028b\u2029c"),
                Arguments.argumentSet("noncharacters", "\uFFFF\uFFFE\uFDD0"),
                Arguments.argumentSet("replacement character", "\uFFFD"),
                Arguments.argumentSet("limit - 1", "b".repeat(9_999)),
                Arguments.argumentSet("limit", "c".repeat(10_000)),
                Arguments.argumentSet("limit of 4 bytes", "😀".repeat(10_000)));
    }

    @Test
    void escapedFormOfTheLimitIsTheSameText() throws Exception {
        String content = "😀".repeat(10_000);
        String escaped = "\\ud83d\\ude00".repeat(10_000);
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.socket()
                    .sendText(filled("{\"action\":\"send_message\",\"conversation_id\":\"%c\",\"content\":\"" + escaped
                            + "\",\"client_message_id\":\"escaped\"}"));
            assertThat(number(alice.expect("sent"), "sequence_number")).isEqualTo(stored.size() + 1);
            stored.add(content);
            assertThat(text(bob.expect("new_message"), "content")).isEqualTo(content);
            bob.ackUpTo(talk.conversation(), stored.size());
            alice.expect("delivered");
        }
    }

    @Test
    void sameIdWithOtherContentIsAConflictAndTheFirstStands() throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.sendMessage(talk.conversation(), "first", "same-id");
            var first = alice.expect("sent");
            stored.add("first");
            bob.expect("new_message");
            bob.ackUpTo(talk.conversation(), stored.size());
            alice.expect("delivered");

            alice.sendMessage(talk.conversation(), "second", "same-id");
            var conflict = alice.expectError("client_message_id_conflict");
            assertThat(text(conflict, "client_message_id")).isEqualTo("same-id");
            assertThat(text(conflict, "action")).isEqualTo("send_message");
            assertThat(text(conflict, "conversation_id"))
                    .isEqualTo(talk.conversation().toString());

            alice.sendMessage(talk.conversation(), "first", "same-id");
            var again = alice.expect("sent");
            assertThat(again.get("duplicate").asBoolean()).isTrue();
            for (String field : List.of("message_id", "sequence_number", "timestamp", "conversation_id")) {
                assertThat(again.get(field)).isEqualTo(first.get(field));
            }
            assertNextMessageIsTheNext(alice);
        }
    }

    @Test
    void bothPeopleMayUseTheSameId() throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.sendMessage(talk.conversation(), "alice's", "shared-id");
            assertThat(alice.expect("sent").get("duplicate").asBoolean()).isFalse();
            stored.add("alice's");
            bob.expect("new_message");
            bob.ackUpTo(talk.conversation(), stored.size());
            alice.expect("delivered");
            bob.sendMessage(talk.conversation(), "bob's", "shared-id");
            assertThat(bob.expect("sent").get("duplicate").asBoolean()).isFalse();
            stored.add("bob's");
            alice.expect("new_message");
            alice.ackUpTo(talk.conversation(), stored.size());
            bob.expect("delivered");
        }
    }

    @Test
    void unknownFieldsAreIgnored() throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.socket().sendText("{\"x\":{\"y\":[1,2.5,null,1e400]},\"action\":\"ping\",\"content\":7}");
            alice.expect("pong");
        }
    }

    @Test
    void errorEchoesWhatItBelongsTo() throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.sendMessage(talk.conversation(), " ", "empty-1");
            var error = alice.expectError("content_empty");
            assertThat(text(error, "action")).isEqualTo("send_message");
            assertThat(text(error, "client_message_id")).isEqualTo("empty-1");
            assertThat(text(error, "conversation_id"))
                    .isEqualTo(talk.conversation().toString());
        }
    }

    @Test
    void fragmentsMayEndInsideACharacter() throws Exception {
        byte[] frame = filled("{\"action\":\"send_message\",\"conversation_id\":\"%c\",\"content\":\"a€😀b\","
                        + "\"client_message_id\":\"fragments\"}")
                .getBytes(StandardCharsets.UTF_8);
        int euro = new String(frame, StandardCharsets.ISO_8859_1).indexOf("\u00E2\u0082\u00AC");
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.socket().sendFragmented(frame, 1, euro + 1, euro + 2, euro + 4, euro + 6);
            alice.expect("sent");
            stored.add("a€😀b");
            assertThat(text(bob.expect("new_message"), "content")).isEqualTo("a€😀b");
            bob.ackUpTo(talk.conversation(), stored.size());
            alice.expect("delivered");
        }
    }

    @Test
    void controlFramesMayComeBetweenFragments() throws Exception {
        byte[] frame = "{\"action\":\"ping\"}".getBytes(StandardCharsets.UTF_8);
        try (DuetClient alice = talk.alice().connect(device)) {
            RawWebSocket socket = alice.socket();
            socket.sendFrame(false, RawWebSocket.TEXT, java.util.Arrays.copyOfRange(frame, 0, 5));
            socket.sendPing(new byte[] {1});
            socket.sendFrame(true, RawWebSocket.CONTINUATION, java.util.Arrays.copyOfRange(frame, 5, frame.length));
            alice.expect("pong");
        }
    }

    @Test
    void binaryFrameEndsWith1003() throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.socket().sendBinary("{\"action\":\"ping\"}".getBytes(StandardCharsets.UTF_8));
            alice.expectClose(1003);
        }
        assertStillServed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"C0AF", "80", "E282", "EDA080", "F4908080", "FF", "F0808080"})
    void invalidUtf8EndsWith1007(String hex) throws Exception {
        byte[] bad = java.util.HexFormat.of().parseHex(hex);
        byte[] head = "{\"action\":\"ping\",\"x\":\"".getBytes(StandardCharsets.UTF_8);
        byte[] frame = java.util.Arrays.copyOf(head, head.length + bad.length + 2);
        System.arraycopy(bad, 0, frame, head.length, bad.length);
        frame[frame.length - 2] = '"';
        frame[frame.length - 1] = '}';
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.socket().sendText(frame);
            alice.expectClose(1007);
        }
        assertStillServed();
    }

    @Test
    void frameOfTheLimitPassesAndOneByteMoreEndsWith1009() throws Exception {
        int limit = 128 * 1024;
        String head = "{\"action\":\"ping\",\"x\":\"";
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.socket().sendText(head + "y".repeat(limit - head.length() - 2) + "\"}");
            alice.expect("pong");
            alice.socket().sendText(head + "y".repeat(limit - head.length() - 1) + "\"}");
            alice.expectClose(1009);
        }
        try (DuetClient alice = talk.alice().connect(device)) {
            byte[] whole = (head + "y".repeat(limit - head.length() - 1) + "\"}").getBytes(StandardCharsets.UTF_8);
            alice.socket().sendFragmented(whole, 1000, 50_000, 100_000);
            alice.expectClose(1009);
        }
        try (DuetClient alice = talk.alice().connect(device)) {
            byte[] wide = (head + "€".repeat(limit / 3) + "\"}").getBytes(StandardCharsets.UTF_8);
            assertThat(wide.length).isGreaterThan(limit);
            alice.socket().sendText(wide);
            alice.expectClose(1009);
        }
        assertStillServed();
    }

    @Test
    void tooManyBadFramesEndWith4400() throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            for (int i = 0; i < 60; i++) {
                try {
                    alice.socket().sendText("{}");
                } catch (IOException closed) {
                    break;
                }
            }
            alice.expectClose(4400);
            assertThat(alice.received("error")).hasSizeBetween(49, 51);
        }
        assertStillServed();
    }

    private void assertStillServed() throws IOException {
        try (DuetClient alice = talk.alice().connect(device)) {
            assertNextMessageIsTheNext(alice);
        }
    }

    @Test
    void twoHundredMegabytesOfEndlessFragmentsLeaveMemoryFlat(TestServer server) throws Exception {
        byte[] piece = "y".repeat(60 * 1024).getBytes(StandardCharsets.UTF_8);
        byte[] frame = RawWebSocket.encode(false, RawWebSocket.CONTINUATION, piece, 0);
        byte[] small = RawWebSocket.encode(false, RawWebSocket.CONTINUATION, new byte[] {'y'}, 0);
        long before = server.residentBytes();
        long offered = 0;
        while (offered < 200L << 20) {
            try (DuetClient alice = talk.alice().connect(device)) {
                alice.socket().sendFrame(false, RawWebSocket.TEXT, "{\"x\":\"".getBytes(StandardCharsets.UTF_8));
                try {
                    for (int i = 0; i < 160; i++) {
                        alice.socket().sendRaw(i % 8 == 0 ? small : frame);
                        offered += piece.length;
                    }
                } catch (IOException closed) {
                    offered += piece.length;
                }
                alice.expectClose(1009);
            }
        }
        assertThat(server.residentBytes() - before).as("growth in bytes").isLessThan(64L << 20);
        assertStillServed();
    }

    @Test
    void acksOfOldTwiceAndZeroAreHarmless() throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            var sent = alice.say(talk.conversation(), "ack me twice");
            stored.add("ack me twice");
            long sequence = number(sent, "sequence_number");
            bob.expect("new_message");
            UUID messageId = Json.uuid(sent, "message_id");
            bob.ackMessage(messageId);
            alice.expect("delivered");
            bob.ackMessage(messageId);
            bob.ackUpTo(talk.conversation(), sequence);
            bob.ackUpTo(talk.conversation(), 0);
            bob.ackUpTo(talk.conversation(), 1);
            bob.ping();
            alice.ackMessage(messageId);
            alice.ping();
            assertThat(alice.untaken().stream()
                            .filter(frame -> "delivered".equals(text(frame, "event")))
                            .toList())
                    .isEmpty();
            assertThat(bob.untaken()).isEmpty();
        }
        try (DuetClient alice = talk.alice().connect(device)) {
            assertNextMessageIsTheNext(alice);
        }
    }

    @Test
    void readReceiptBeyondTheHeadChangesNothing() throws Exception {
        try (DuetClient alice = talk.alice().connect(device)) {
            alice.read(talk.conversation(), stored.size() + 1L);
            alice.expectError("sequence_out_of_range");
            bob.ackUpTo(talk.conversation(), stored.size() + 1L);
            bob.expectError("sequence_out_of_range");
            assertThat(number(talk.alice().conversation(talk.conversation()), "my_last_read_sequence"))
                    .isZero();
            alice.send(Map.of("action", "ping"));
            alice.expect("pong");
        }
    }
}
