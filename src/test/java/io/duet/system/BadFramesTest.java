package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.Talk;
import java.io.IOException;
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

/**
 * Whatever a frame holds, it gets the contract's error and costs nothing else: the connection goes on, the next message
 * has the next sequence number, and nothing of the bad frame was stored.
 */
@ExtendWith(SharedServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadFramesTest {

    private UntouchedTalk talk;
    private UUID foreignConversation;
    private UUID foreignMessage;

    @BeforeAll
    void meet(Duet duet) throws Exception {
        talk = new UntouchedTalk(duet);
        Talk foreign = Talk.on(duet);
        foreignConversation = foreign.conversation();
        try (DuetClient stranger = foreign.alice().online()) {
            foreignMessage = Json.uuid(stranger.say(foreignConversation, "private"), "message_id");
        }
    }

    @AfterAll
    void part() {
        talk.close();
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
                .replace("%f", foreignConversation.toString())
                .replace("%m", foreignMessage.toString())
                .replace("%u", UUID.randomUUID().toString());
    }

    @ParameterizedTest
    @MethodSource("badFrames")
    void badFrameCostsNothingElse(String template, String code) throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendText(filled(template));
            var error = alice.expectError(code);
            assertThat(error.get("retryable").asBoolean()).isFalse();
            assertThat(text(error, "message")).isNotBlank().doesNotContain("Exception", "tools.jackson", "io.duet");
            alice.ping();
            talk.assertUntouched(alice);
        }
    }

    @Test
    void unknownFieldsAreIgnored() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendText("{\"x\":{\"y\":[1,2.5,null,1e400]},\"action\":\"ping\",\"content\":7}");
            alice.expect("pong");
        }
    }

    @Test
    void errorEchoesWhatItBelongsTo() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.sendMessage(talk.conversation(), " ", "empty-1");
            var error = alice.expectError("content_empty");
            assertThat(text(error, "action")).isEqualTo("send_message");
            assertThat(text(error, "client_message_id")).isEqualTo("empty-1");
            assertThat(Json.uuid(error, "conversation_id")).isEqualTo(talk.conversation());
        }
    }

    @Test
    void tooManyBadFramesEndWith4400() throws Exception {
        try (DuetClient alice = talk.alice()) {
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
        talk.assertStillServed();
    }

    @Test
    void acksOfOldTwiceAndZeroAreHarmless() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.sendMessage(talk.conversation(), "ack me twice", "ack-twice");
            UUID messageId = Json.uuid(talk.expectStored(alice, "ack me twice"), "message_id");
            talk.bob.ackMessage(messageId);
            talk.bob.ackUpTo(talk.conversation(), talk.stored());
            talk.bob.ackUpTo(talk.conversation(), 0);
            talk.bob.ackUpTo(talk.conversation(), 1);
            talk.bob.ping();
            talk.assertUntouched(alice);
        }
    }

    @Test
    void receiptsBeyondTheHeadChangeNothing() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.read(talk.conversation(), talk.stored() + 1);
            alice.expectError("sequence_out_of_range");
            talk.bob.ackUpTo(talk.conversation(), talk.stored() + 1);
            talk.bob.expectError("sequence_out_of_range");
            assertThat(number(talk.talk.alice().conversation(talk.conversation()), "my_last_read_sequence"))
                    .isZero();
            talk.assertUntouched(alice);
        }
    }
}
