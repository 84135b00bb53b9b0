package io.duet.protocol;

import static io.duet.protocol.ErrorCode.BAD_REQUEST;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.protocol.ClientFrame.AckMessage;
import io.duet.protocol.ClientFrame.AckUpTo;
import io.duet.protocol.ClientFrame.Authenticate;
import io.duet.protocol.ClientFrame.Connect;
import io.duet.protocol.ClientFrame.Ping;
import io.duet.protocol.ClientFrame.ReadReceipt;
import io.duet.protocol.ClientFrame.SendMessage;
import io.duet.protocol.ClientFrame.Sync;
import io.duet.protocol.ClientFrame.Typing;
import io.duet.protocol.FrameCodec.Decoded;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecodingTest {

    private static final UUID ID = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");
    private static final UUID OTHER = UUID.fromString("ffffffff-ffff-ffff-ffff-ffffffffffff");
    private static final long MAX = 9_007_199_254_740_991L;
    private static final String MALFORMED =
            "a frame is one well-formed JSON object, no key twice, nested at most 16 deep";

    private final FrameCodec codec = new FrameCodec(10_000, 16);

    private void assertFrame(String text, ClientFrame expected) {
        assertThat(codec.decode(text)).as(text).isEqualTo(new Decoded.Frame(expected));
    }

    private void assertRejected(String text, ServerFrame.Error expected) {
        assertThat(codec.decode(text))
                .as(text.substring(0, Math.min(text.length(), 300)))
                .isEqualTo(new Decoded.Rejected(expected));
    }

    /** Refused before anything in it could be trusted. */
    private void assertMalformed(String text, String message) {
        assertRejected(text, ServerFrame.Error.of(BAD_REQUEST, message));
    }

    private static ServerFrame.Error error(
            ErrorCode code, String message, String action, String id, UUID conversation) {
        return new ServerFrame.Error(
                code,
                message,
                Optional.empty(),
                Optional.ofNullable(action),
                Optional.ofNullable(id),
                Optional.ofNullable(conversation));
    }

    @Test
    void readsEveryAction() {
        assertFrame(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\"}", new Connect(ID, Optional.empty(), Map.of()));
        assertFrame(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"token\":\"a.b.c\",\"last_sequences\":{\"" + ID
                        + "\":7,\"" + OTHER + "\":0}}",
                new Connect(ID, Optional.of("a.b.c"), Map.of(ID, 7L, OTHER, 0L)));
        assertFrame(
                "{\"action\":\"send_message\",\"conversation_id\":\"" + ID
                        + "\",\"content\":\"hi\",\"client_message_id\":\"m-1\"}",
                new SendMessage(ID, "hi", "m-1"));
        assertFrame(
                "{\"action\":\"ack\",\"conversation_id\":\"" + ID + "\",\"sequence_number\":42}", new AckUpTo(ID, 42));
        assertFrame("{\"action\":\"ack\",\"message_id\":\"" + ID + "\"}", new AckMessage(ID));
        assertFrame(
                "{\"action\":\"read_receipt\",\"conversation_id\":\"" + ID + "\",\"last_read_sequence\":42}",
                new ReadReceipt(ID, 42));
        assertFrame(
                "{\"action\":\"sync\",\"conversation_id\":\"" + ID + "\",\"after_sequence\":0}", new Sync(ID, 0, 100));
        assertFrame(
                "{\"action\":\"sync\",\"conversation_id\":\"" + ID + "\",\"after_sequence\":5,\"limit\":500}",
                new Sync(ID, 5, 500));
        assertFrame("{\"action\":\"typing\",\"conversation_id\":\"" + ID + "\"}", new Typing(ID));
        assertFrame("{\"action\":\"authenticate\",\"token\":\"a.b.c\"}", new Authenticate("a.b.c"));
        assertFrame("{\"action\":\"ping\"}", new Ping());
    }

    @Test
    void orderOfFieldsAndWhiteSpacePlayNoPart() {
        assertFrame(
                " \r\n\t{ \"client_message_id\" : \"m\" ,\n\"content\":\"c\", \"conversation_id\":\"" + ID
                        + "\", \"action\":\"send\\u005fmessage\" } \n",
                new SendMessage(ID, "c", "m"));
    }

    @Test
    void unknownFieldsAreIgnoredWhateverTheyHold() {
        assertFrame(
                "{\"x\":1.5,\"y\":[{\"a\":[null,true]}],\"action\":\"ping\",\"z\":1e1000000000,\"u\":\"\\ud800\\u0000\","
                        + "\"n\":" + "9".repeat(50_000) + ",\"" + "k".repeat(60_000) + "\":0}",
                new Ping());
        assertFrame(
                "{\"action\":\"ping\",\"conversation_id\":[1],\"content\":{},\"limit\":-1,\"last_sequences\":[[]]}",
                new Ping());
    }

    @Test
    void nullIsAbsent() {
        assertFrame(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"token\":null,\"last_sequences\":null}",
                new Connect(ID, Optional.empty(), Map.of()));
        assertFrame(
                "{\"action\":\"sync\",\"conversation_id\":\"" + ID + "\",\"after_sequence\":0,\"limit\":null}",
                new Sync(ID, 0, 100));
        assertFrame(
                "{\"action\":\"ack\",\"message_id\":null,\"conversation_id\":\"" + ID + "\",\"sequence_number\":1}",
                new AckUpTo(ID, 1));
        assertRejected(
                "{\"action\":\"typing\",\"conversation_id\":null}",
                error(BAD_REQUEST, "conversation_id is missing", "typing", null, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"action\":\"ping\"",
                "{\"action\":\"ping\",}",
                "{'action':'ping'}",
                "{action:\"ping\"}",
                "{\"action\":\"ping\"}}",
                "{\"action\":\"ping\"} x",
                "\uFEFF{\"action\":\"ping\"}",
                "/* */{\"action\":\"ping\"}",
                "{\"action\":\"ping\"\u0000}",
                "{\"action\":\"pi\nng\"}",
                "{\"action\":\"ping\",\"x\":01}",
                "{\"action\":\"ping\",\"x\":+1}",
                "{\"action\":\"ping\",\"x\":.5}",
                "{\"action\":\"ping\",\"x\":1.}",
                "{\"action\":\"ping\",\"x\":NaN}",
                "{\"action\":\"ping\",\"x\":Infinity}",
                "{\"action\":\"ping\",\"x\":\"\\x\"}",
                "{\"action\":\"ping\",\"x\":\"\\u12g4\"}",
                "{\"action\":\"ping\" \"x\":1}",
                "}",
                "\u0000",
                "nul"
            })
    void whatIsNotJsonIsRefused(String text) {
        assertMalformed(text, MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  \n", "null", "true", "1", "\"ping\"", "[]", "[{\"action\":\"ping\"}]"})
    void whatIsNotAnObjectIsRefused(String text) {
        assertMalformed(text, "a frame is one JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"action\":\"ping\"}{}", "{\"action\":\"ping\"} null", "{\"action\":\"ping\"}[]"})
    void whatFollowsTheObjectIsRefused(String text) {
        assertMalformed(text, "there is something after the JSON object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"action\":\"ping\",\"action\":\"ping\"}",
                "{\"action\":\"ping\",\"\\u0061ction\":\"typing\"}",
                "{\"action\":\"ping\",\"x\":1,\"x\":1}",
                "{\"action\":\"ping\",\"x\":{\"y\":1,\"y\":1}}",
                "{\"action\":\"ping\",\"x\":[[{\"y\":1,\"z\":2,\"y\":3}]]}",
                "{\"action\":\"ping\",\"last_sequences\":{\"a\":1,\"a\":1}}"
            })
    void keyTwiceIsRefusedWhereverItStands(String text) {
        assertMalformed(text, MALFORMED);
    }

    @Test
    void sameKeyInDifferentObjectsIsNoDuplicate() {
        assertFrame("{\"action\":\"ping\",\"x\":{\"action\":1},\"y\":[{\"x\":1},{\"x\":2}]}", new Ping());
    }

    @Test
    void depthEndsAtSixteen() {
        assertFrame("{\"action\":\"ping\",\"x\":" + "[".repeat(15) + "]".repeat(15) + "}", new Ping());
        assertMalformed("{\"action\":\"ping\",\"x\":" + "[".repeat(16) + "]".repeat(16) + "}", MALFORMED);
        assertMalformed("{\"last_sequences\":" + "{\"a\":".repeat(16) + "1" + "}".repeat(17), MALFORMED);
    }

    @Test
    void depthOfHundredThousandIsRefused() {
        assertMalformed("[".repeat(100_000), "a frame is one JSON object");
        assertMalformed("{\"action\":\"ping\",\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}", MALFORMED);
        assertMalformed("{\"x\":".repeat(100_000) + "1" + "}".repeat(100_000), MALFORMED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|action is missing",
                "{\"action\":null}|action is missing",
                "{\"action\":1}|action must be a string",
                "{\"action\":[\"ping\"]}|action must be a string",
                "{\"action\":{\"action\":\"ping\"}}|action must be a string",
                "{\"action\":true}|action must be a string",
            })
    void actionMustBeString(String text, String message) {
        assertRejected(text, ServerFrame.Error.of(BAD_REQUEST, message));
    }

    @Test
    void unknownActionIsEchoed() {
        final String message = "this server does not know the action";
        for (final String action : List.of("PING", "Ping", " ping", "ping ", "", "send-message", "connected", "😀")) {
            assertRejected(
                    "{\"action\":\"" + action + "\"}", error(ErrorCode.UNKNOWN_ACTION, message, action, null, null));
        }
        assertRejected(
                "{\"action\":\"fly\",\"client_message_id\":\"m\",\"conversation_id\":\"" + ID + "\"}",
                error(ErrorCode.UNKNOWN_ACTION, message, "fly", "m", ID));
    }

    @Test
    void echoOfActionIsBoundedAndWellFormed() {
        final String message = "this server does not know the action";
        assertRejected(
                "{\"action\":\"" + "a".repeat(64) + "\"}",
                error(ErrorCode.UNKNOWN_ACTION, message, "a".repeat(64), null, null));
        assertRejected(
                "{\"action\":\"" + "a".repeat(100_000) + "\"}",
                error(ErrorCode.UNKNOWN_ACTION, message, "a".repeat(64), null, null));
        assertRejected(
                "{\"action\":\"" + "😀".repeat(65) + "\"}",
                error(ErrorCode.UNKNOWN_ACTION, message, "😀".repeat(64), null, null));
        assertRejected("{\"action\":\"a\\ud800\"}", error(ErrorCode.UNKNOWN_ACTION, message, null, null, null));
    }

    @Test
    void echoHoldsWhatIsValidItself() {
        final String conversation = "\"conversation_id\":\"" + ID + "\"";
        assertRejected(
                "{\"action\":\"send_message\"," + conversation + ",\"client_message_id\":\"m\",\"content\":7}",
                error(BAD_REQUEST, "content must be a string", "send_message", "m", ID));
        assertRejected(
                "{\"action\":\"send_message\"," + conversation + ",\"client_message_id\":\"m m\",\"content\":\"\"}",
                error(ErrorCode.CONTENT_EMPTY, "content shows nothing", "send_message", null, ID));
        assertRejected(
                "{\"action\":\"send_message\",\"conversation_id\":\"x\",\"client_message_id\":\"m\",\"content\":\"\"}",
                error(BAD_REQUEST, "conversation_id must be a UUID in lower case", "send_message", "m", null));
        assertRejected(
                "{\"action\":\"sync\"," + conversation + ",\"after_sequence\":-1,\"client_message_id\":5}",
                error(BAD_REQUEST, "after_sequence must be an integer from 0 to " + MAX, "sync", null, ID));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"0190A7E2-1111-7ABC-8DEF-0123456789AB\"",
                "\"0190a7e2-1111-7abc-8def-0123456789aB\"",
                "\"0190a7e211117abc8def0123456789ab\"",
                "\"{0190a7e2-1111-7abc-8def-0123456789ab}\"",
                "\"urn:uuid:0190a7e2-1111-7abc-8def-0123456789ab\"",
                "\"1-1-1-1-1\"",
                "\"0190a7e2-1111-7abc-8def-0123456789ab \"",
                "\"0190a7e2-1111-7abc-8def-0123456789a\"",
                "\"0190a7e2-1111-7abc-8def-0123456789ag\"",
                "\"0190a7e2-1111-7abc-8def0-123456789ab\"",
                "\"0190a7e2-1111-7abc-8def-0123456789a\\ud800\"",
                "\"０190a7e2-1111-7abc-8def-0123456789ab\"",
                "\"\""
            })
    void identifierHasOneForm(String value) {
        final String message = " must be a UUID in lower case";
        assertRejected(
                "{\"action\":\"typing\",\"conversation_id\":" + value + "}",
                error(BAD_REQUEST, "conversation_id" + message, "typing", null, null));
        assertRejected(
                "{\"action\":\"connect\",\"device_id\":" + value + "}",
                error(BAD_REQUEST, "device_id" + message, "connect", null, null));
        assertRejected(
                "{\"action\":\"ack\",\"message_id\":" + value + "}",
                error(BAD_REQUEST, "message_id" + message, "ack", null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.5", "true", "false", "[]", "{}", "[\"0190a7e2-1111-7abc-8def-0123456789ab\"]"})
    void textIsNeverMadeOfAnythingElse(String value) {
        assertRejected(
                "{\"action\":\"typing\",\"conversation_id\":" + value + "}",
                error(BAD_REQUEST, "conversation_id must be a string", "typing", null, null));
        assertRejected(
                "{\"action\":\"authenticate\",\"token\":" + value + "}",
                error(BAD_REQUEST, "token must be a string", "authenticate", null, null));
        assertRejected(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"token\":" + value + "}",
                error(BAD_REQUEST, "token must be a string", "connect", null, null));
        assertRejected(
                "{\"action\":\"send_message\",\"conversation_id\":\"" + ID
                        + "\",\"content\":\"c\",\"client_message_id\":" + value + "}",
                error(BAD_REQUEST, "client_message_id must be a string", "send_message", null, ID));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "-0",
                "1.0",
                "1.5",
                "0.0",
                "1e0",
                "1E3",
                "1e1000000000",
                "9007199254740992",
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551617",
                "10000000000000000000000000000000000000000000000000000000000000000000",
                "\"1\"",
                "\"\"",
                "true",
                "[1]",
                "{}"
            })
    void integerIsExactOrRefused(String value) {
        final String message = " must be an integer from 0 to " + MAX;
        final String conversation = "\"conversation_id\":\"" + ID + "\"";
        assertRejected(
                "{\"action\":\"ack\"," + conversation + ",\"sequence_number\":" + value + "}",
                error(BAD_REQUEST, "sequence_number" + message, "ack", null, ID));
        assertRejected(
                "{\"action\":\"read_receipt\"," + conversation + ",\"last_read_sequence\":" + value + "}",
                error(BAD_REQUEST, "last_read_sequence" + message, "read_receipt", null, ID));
        assertRejected(
                "{\"action\":\"sync\"," + conversation + ",\"after_sequence\":" + value + "}",
                error(BAD_REQUEST, "after_sequence" + message, "sync", null, ID));
        assertRejected(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"last_sequences\":{\"" + ID + "\":" + value
                        + "}}",
                error(
                        BAD_REQUEST,
                        "last_sequences must map UUIDs in lower case to integers from 0 to " + MAX,
                        "connect",
                        null,
                        null));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2_147_483_648L, 4_294_967_297L, 9_007_199_254_740_991L})
    void integerOfTheWholeRangeIsTaken(long value) {
        final String conversation = "\"conversation_id\":\"" + ID + "\"";
        assertFrame(
                "{\"action\":\"ack\"," + conversation + ",\"sequence_number\":" + value + "}", new AckUpTo(ID, value));
        assertFrame(
                "{\"action\":\"read_receipt\"," + conversation + ",\"last_read_sequence\":" + value + "}",
                new ReadReceipt(ID, value));
        assertFrame(
                "{\"action\":\"sync\"," + conversation + ",\"after_sequence\":" + value + "}",
                new Sync(ID, value, 100));
        assertFrame(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"last_sequences\":{\"" + ID + "\":" + value
                        + "}}",
                new Connect(ID, Optional.empty(), Map.of(ID, value)));
    }

    @Test
    @Timeout(5)
    void hugeNumbersCostNothing() {
        for (int i = 0; i < 1_000; i++) {
            assertMalformed("1e1000000000", "a frame is one JSON object");
            assertRejected(
                    "{\"action\":\"sync\",\"conversation_id\":\"" + ID + "\",\"after_sequence\":1e1000000000}",
                    error(BAD_REQUEST, "after_sequence must be an integer from 0 to " + MAX, "sync", null, ID));
            assertRejected(
                    "{\"action\":\"sync\",\"conversation_id\":\"" + ID + "\",\"after_sequence\":" + "9".repeat(100_000)
                            + "}",
                    error(BAD_REQUEST, "after_sequence must be an integer from 0 to " + MAX, "sync", null, ID));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "501", "-1", "1.0", "4294967297", "18446744073709551617", "\"10\"", "[]"})
    void syncLimitIsOneToFiveHundred(String limit) {
        assertRejected(
                "{\"action\":\"sync\",\"conversation_id\":\"" + ID + "\",\"after_sequence\":0,\"limit\":" + limit + "}",
                error(BAD_REQUEST, "limit must be an integer from 1 to 500", "sync", null, ID));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "\"\"", "true"})
    void lastSequencesIsAnObject(String value) {
        assertRejected(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"last_sequences\":" + value + "}",
                error(BAD_REQUEST, "last_sequences must be an object", "connect", null, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"x\":1}",
                "{\"0190A7E2-1111-7ABC-8DEF-0123456789AB\":1}",
                "{\"0190a7e2-1111-7abc-8def-0123456789ab\":null}",
                "{\"0190a7e2-1111-7abc-8def-0123456789ab\":{\"a\":1}}"
            })
    void lastSequencesMapsIdentifiersToIntegers(String value) {
        assertRejected(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"last_sequences\":" + value + "}",
                error(
                        BAD_REQUEST,
                        "last_sequences must map UUIDs in lower case to integers from 0 to " + MAX,
                        "connect",
                        null,
                        null));
    }

    @Test
    void ackHasOneOfTwoForms() {
        assertRejected("{\"action\":\"ack\"}", error(BAD_REQUEST, "conversation_id is missing", "ack", null, null));
        assertRejected(
                "{\"action\":\"ack\",\"conversation_id\":\"" + ID + "\"}",
                error(BAD_REQUEST, "sequence_number is missing", "ack", null, ID));
        assertRejected(
                "{\"action\":\"ack\",\"message_id\":\"" + OTHER + "\",\"conversation_id\":\"" + ID
                        + "\",\"sequence_number\":1}",
                error(BAD_REQUEST, "ack takes either message_id or sequence_number", "ack", null, ID));
        assertFrame(
                "{\"action\":\"ack\",\"message_id\":\"" + OTHER + "\",\"conversation_id\":\"" + ID + "\"}",
                new AckMessage(OTHER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "\\u0000"})
    void tokenMustBeText(String token) {
        assertRejected(
                "{\"action\":\"authenticate\",\"token\":\"" + token + "\"}",
                error(BAD_REQUEST, "token holds U+0000 or an unpaired surrogate", "authenticate", null, null));
    }

    @Test
    void showsNeitherContentNorTokenInLogs() {
        assertThat(new SendMessage(ID, "secret", "m").toString()).doesNotContain("secret");
        assertThat(new Connect(ID, Optional.of("secret"), Map.of()).toString()).doesNotContain("secret");
        assertThat(new Authenticate("secret").toString()).doesNotContain("secret");
    }

    @Test
    void refusalOfAFrameEchoesIt() {
        assertThat(ServerFrame.Error.of(new SendMessage(ID, "c", "m"), ErrorCode.UNAVAILABLE, "later")
                        .retryAfter(Duration.ofSeconds(3)))
                .isEqualTo(new ServerFrame.Error(
                        ErrorCode.UNAVAILABLE,
                        "later",
                        Optional.of(Duration.ofSeconds(3)),
                        Optional.of("send_message"),
                        Optional.of("m"),
                        Optional.of(ID)));
        for (final ClientFrame frame :
                List.of(new AckUpTo(ID, 1), new ReadReceipt(ID, 1), new Sync(ID, 1, 1), new Typing(ID))) {
            assertThat(ServerFrame.Error.of(frame, ErrorCode.NOT_FOUND, "no"))
                    .isEqualTo(error(ErrorCode.NOT_FOUND, "no", frame.action(), null, ID));
        }
        for (final ClientFrame frame : List.of(
                new AckMessage(ID), new Ping(), new Authenticate("t"), new Connect(ID, Optional.empty(), Map.of()))) {
            assertThat(ServerFrame.Error.of(frame, ErrorCode.NOT_FOUND, "no"))
                    .isEqualTo(error(ErrorCode.NOT_FOUND, "no", frame.action(), null, null));
        }
    }
}
