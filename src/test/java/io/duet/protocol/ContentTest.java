package io.duet.protocol;

import static io.duet.protocol.ErrorCode.CLIENT_MESSAGE_ID_INVALID;
import static io.duet.protocol.ErrorCode.CONTENT_EMPTY;
import static io.duet.protocol.ErrorCode.CONTENT_INVALID;
import static io.duet.protocol.ErrorCode.CONTENT_TOO_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.protocol.ClientFrame.SendMessage;
import io.duet.protocol.FrameCodec.Decoded;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of what people write, through the codec. */
class ContentTest {

    private static final UUID CONVERSATION = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");

    private final FrameCodec codec = new FrameCodec(10_000, 16);

    /** @param content as it stands between the quotes */
    private Decoded send(String content, String clientMessageId) {
        return codec.decode("{\"action\":\"send_message\",\"conversation_id\":\"" + CONVERSATION + "\",\"content\":\""
                + content + "\",\"client_message_id\":\"" + clientMessageId + "\"}");
    }

    private void assertTaken(String content, String expected) {
        assertThat(send(content, "m")).isEqualTo(new Decoded.Frame(new SendMessage(CONVERSATION, expected, "m")));
    }

    private void assertRefused(String content, ErrorCode code, String message) {
        assertThat(send(content, "m"))
                .isEqualTo(new Decoded.Rejected(new ServerFrame.Error(
                        code,
                        message,
                        Optional.empty(),
                        Optional.of("send_message"),
                        Optional.of("m"),
                        Optional.of(CONVERSATION))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "字", "😀"})
    void lengthIsCountedInCodePoints(String character) {
        for (final int length : List.of(1, 9_999, 10_000)) {
            assertTaken(character.repeat(length), character.repeat(length));
        }
        for (final int length : List.of(10_001, 20_000)) {
            assertRefused(character.repeat(length), CONTENT_TOO_LONG, "content has more than 10000 code points");
        }
    }

    @Test
    void escapedPairsCountOnce() {
        assertTaken("\\ud83d\\ude00".repeat(10_000), "😀".repeat(10_000));
        assertRefused("\\ud83d\\ude00".repeat(10_001), CONTENT_TOO_LONG, "content has more than 10000 code points");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "  leading and trailing  ",
                "e\u0301",
                "\u00e9",
                "\u202eabc\u202c\u200f",
                "\u0301",
                "\uFEFFbom",
                "👩\u200d👩\u200d👧",
                "\uFFFE\uFFFF",
                "\uE000",
                "\u007f",
                "ﬁ"
            })
    void textIsTakenAsItIs(String text) {
        assertTaken(text, text);
    }

    @Test
    void escapesMeanWhatTheyStandFor() {
        assertTaken("a\\r\\nb\\tc\\\"\\\\\\/\\b\\f\\u0001", "a\r\nb\tc\"\\/\b\f\u0001");
        assertTaken("\\u0001", "\u0001");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\\t\\r\\n",
                "\u00a0\u2003\u3000",
                "\u200b\u200d\u2060",
                "\u00ad",
                "\u034f",
                "\u061c",
                "\u115f\u1160\u3164\uffa0",
                "\u17b4\u17b5",
                "\u180b\u180e\u180f",
                "\u2028\u2029\u0085",
                "\u2800",
                "\ufe0f",
                "\ufeff",
                "\ufff9\ufffb",
                "\\udb40\\udc41",
                "\\udb40\\udd00",
                "\\ud834\\udd73"
            })
    void invisibleTextIsEmpty(String content) {
        assertRefused(content, CONTENT_EMPTY, "content shows nothing");
        assertTaken(content + "x", unescaped(content) + "x");
        assertTaken("x" + content, "x" + unescaped(content));
    }

    @Test
    void invisibleTextIsEmptyHoweverLong() {
        assertRefused(" ".repeat(10_001), CONTENT_EMPTY, "content shows nothing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\u0000",
                "a\\u0000b",
                "\\ud800",
                "\\udc00",
                "a\\ud83d",
                "\\ude00\\ud83d",
                "\\ud83d\\ud83d\\ude00",
                "\\ud83da\\ude00"
            })
    void whatHasNoUtf8FormOrNulIsInvalid(String content) {
        assertRefused(content, CONTENT_INVALID, "content holds U+0000 or an unpaired surrogate");
        assertRefused(content + "a".repeat(10_001), CONTENT_INVALID, "content holds U+0000 or an unpaired surrogate");
    }

    @Test
    void lengthFollowsTheConfiguredLimit() {
        final FrameCodec brief = new FrameCodec(3, 16);
        final String frame = "{\"action\":\"send_message\",\"conversation_id\":\"" + CONVERSATION
                + "\",\"client_message_id\":\"m\",\"content\":\"%s\"}";
        assertThat(brief.decode(String.format(frame, "😀😀😀")))
                .isEqualTo(new Decoded.Frame(new SendMessage(CONVERSATION, "😀😀😀", "m")));
        assertThat(brief.decode(String.format(frame, "abcd")))
                .isInstanceOfSatisfying(
                        Decoded.Rejected.class,
                        rejected -> assertThat(rejected.error().code()).isEqualTo(CONTENT_TOO_LONG));
    }

    @Test
    void clientMessageIdIsVisibleAscii() {
        for (final String id : List.of("m", "!", "~", "0190a7e2-1111-7abc-8def-0123456789ab", "m".repeat(64))) {
            assertThat(send("c", id)).isEqualTo(new Decoded.Frame(new SendMessage(CONVERSATION, "c", id)));
        }
        for (final String id :
                List.of("", " ", "a b", "m ", "\\t", "\\u0000", "\\u007f", "é", "😀", "\\ud800", "m".repeat(65))) {
            assertThat(send("c", id))
                    .as(id)
                    .isEqualTo(new Decoded.Rejected(new ServerFrame.Error(
                            CLIENT_MESSAGE_ID_INVALID,
                            "client_message_id must be 1 to 64 visible ASCII characters",
                            Optional.empty(),
                            Optional.of("send_message"),
                            Optional.empty(),
                            Optional.of(CONVERSATION))));
        }
    }

    @Test
    void contentIsJudgedBeforeTheClientMessageId() {
        assertThat(send("", ""))
                .isInstanceOfSatisfying(
                        Decoded.Rejected.class,
                        rejected -> assertThat(rejected.error().code()).isEqualTo(CONTENT_EMPTY));
    }

    private static String unescaped(String content) {
        return content.replace("\\t", "\t")
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\udb40\\udc41", "\udb40\udc41")
                .replace("\\udb40\\udd00", "\udb40\udd00")
                .replace("\\ud834\\udd73", "\ud834\udd73");
    }
}
