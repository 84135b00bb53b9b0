package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.protocol.CloseCode;
import io.duet.system.client.RawWebSocket;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
    private static final int MAX_BYTES = 1000;
    private static final int MASK = 0xA1B2C3D4;

    private final FrameReader reader = new FrameReader(MAX_BYTES);

    private static byte[] frame(boolean last, int opcode, byte[] payload) {
        return RawWebSocket.encode(last, opcode, payload, MASK);
    }

    private static byte[] frame(boolean last, int opcode, String text) {
        return frame(last, opcode, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static byte[] join(byte[]... parts) {
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private List<Incoming> read(byte[] bytes) {
        return read(reader, bytes, bytes.length);
    }

    private static List<Incoming> read(FrameReader reader, byte[] bytes, int pieceBytes) {
        final List<Incoming> all = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += pieceBytes) {
            final ByteBuffer piece = ByteBuffer.wrap(bytes, from, Math.min(pieceBytes, bytes.length - from));
            for (Incoming next = reader.next(piece); next != null; next = reader.next(piece)) {
                all.add(next);
            }
            assertThat(piece.hasRemaining()).isFalse();
        }
        return all;
    }

    private void assertBroken(byte[] bytes, CloseCode code) {
        final List<Incoming> all = read(bytes);
        assertThat(all).hasSize(1);
        assertThat(all.get(0))
                .isInstanceOfSatisfying(
                        Incoming.Broken.class,
                        broken -> assertThat(broken.code()).isEqualTo(code));
        assertThat(read(frame(true, RawWebSocket.TEXT, "after")))
                .as("nothing comes after it")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void everythingMayComeInAnyPieces(int pieceBytes) {
        final byte[] all = join(
                frame(true, RawWebSocket.TEXT, ""),
                frame(true, RawWebSocket.TEXT, "a€😀b"),
                frame(false, RawWebSocket.TEXT, "x".repeat(200)),
                frame(true, RawWebSocket.PING, "between"),
                frame(false, RawWebSocket.CONTINUATION, ""),
                frame(true, RawWebSocket.CONTINUATION, "end"),
                frame(true, RawWebSocket.PONG, ""),
                frame(true, RawWebSocket.CLOSE, bytes("03E8")),
                frame(true, RawWebSocket.TEXT, "behind the close"));
        final List<Incoming> read = read(reader, all, pieceBytes);
        assertThat(read).hasSize(6);
        assertThat(read.get(0)).isEqualTo(new Incoming.Text(""));
        assertThat(read.get(1)).isEqualTo(new Incoming.Text("a€😀b"));
        assertThat(read.get(2))
                .isInstanceOfSatisfying(
                        Incoming.Ping.class,
                        ping -> assertThat(ping.payload()).asString().isEqualTo("between"));
        assertThat(read.get(3)).isEqualTo(new Incoming.Text("x".repeat(200) + "end"));
        assertThat(read.get(4)).isEqualTo(new Incoming.Pong());
        assertThat(read.get(5)).isEqualTo(new Incoming.Close(1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"é", "€", "😀", "a\u0000\uFFFF\uD7FF\uE000\uDBFF\uDFFF"})
    void aFragmentMayEndAnywhereInACharacter(String text) {
        final byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut <= utf8.length; cut++) {
            assertThat(read(join(
                            frame(false, RawWebSocket.TEXT, Arrays.copyOf(utf8, cut)),
                            frame(true, RawWebSocket.CONTINUATION, Arrays.copyOfRange(utf8, cut, utf8.length)))))
                    .containsExactly(new Incoming.Text(text));
        }
    }

    @Test
    void everyCharacterThereIsPasses() {
        for (int from = 0; from <= 0x10FFFF; from += 0x100) {
            if (from < 0xD800 || from > 0xDFFF) {
                final StringBuilder text = new StringBuilder();
                for (int c = from; c < from + 0x100; c++) {
                    text.appendCodePoint(c);
                }
                assertThat(read(new FrameReader(1024), frame(true, RawWebSocket.TEXT, text.toString()), 100))
                        .containsExactly(new Incoming.Text(text.toString()));
            }
        }
    }

    /** Overlong, stray, cut off by another character, surrogates, beyond U+10FFFF, never a byte of UTF-8. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "C0AF",
                "C1BF",
                "E080AF",
                "E09FBF",
                "F0808080",
                "F08FBFBF",
                "80",
                "BF",
                "C3C3",
                "C341",
                "E282E2",
                "E24180",
                "F09F98F0",
                "EDA080",
                "EDBFBF",
                "F4908080",
                "F5808080",
                "F8",
                "FE",
                "FF"
            })
    void invalidUtf8IsSeenAtOnce(String hex) {
        final byte[] bad = bytes(hex);
        final byte[] frame = frame(false, RawWebSocket.TEXT, join(new byte[] {'a'}, bad, new byte[300]));
        final int seen = frame.length - 300;
        final List<Incoming> all = read(reader, Arrays.copyOf(frame, seen), 1);
        assertThat(all).hasSize(1);
        assertThat(((Incoming.Broken) all.get(0)).code()).isEqualTo(CloseCode.INVALID_UTF8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"C3", "E2", "E282", "F0", "F09F", "F09F98"})
    void aMessageMayNotEndInsideACharacter(String hex) {
        assertBroken(
                join(frame(false, RawWebSocket.TEXT, bytes(hex)), frame(true, RawWebSocket.CONTINUATION, new byte[0])),
                CloseCode.INVALID_UTF8);
    }

    @Test
    void binaryIsRefusedByItsFirstByte() {
        assertBroken(bytes("82"), CloseCode.BINARY);
    }

    @ParameterizedTest
    @CsvSource({
        "C1 80, reserved bit 1",
        "A1 80, reserved bit 2",
        "91 80, reserved bit 3",
        "83, reserved opcode",
        "87, reserved opcode",
        "8B, reserved control opcode",
        "8F, reserved control opcode",
        "80, continuation of nothing",
        "00, continuation of nothing",
        "81 05, not masked",
        "89 00, ping not masked",
        "09, ping in fragments",
        "08, close in fragments",
        "89 FE, ping longer than 125",
        "88 FE, close longer than 125",
        "81 FE 007D, 125 bytes told in 16 bits",
        "81 FF 000000000000FFFF, 65535 bytes told in 64 bits",
        "81 FF FFFFFFFFFFFFFFFF, negative length",
        "01 80 00000000 81, text inside a text",
        "01 80 00000000 82, binary inside a text",
        "88 81 00000000 03, close of one byte",
    })
    void everyBrokenRuleIs1002(String hex, String why) {
        assertThat(why).isNotEmpty();
        assertBroken(bytes(hex), CloseCode.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535})
    void closeCodesThatMayNotBeSentAre1002(int code) {
        assertBroken(
                frame(true, RawWebSocket.CLOSE, new byte[] {(byte) (code >> 8), (byte) code}),
                CloseCode.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999})
    void otherCloseCodesAreGood(int code) {
        assertThat(read(frame(true, RawWebSocket.CLOSE, new byte[] {(byte) (code >> 8), (byte) code, 'o', 'k'})))
                .containsExactly(new Incoming.Close(code));
    }

    @Test
    void aCloseMayBeEmptyAndItsReasonIsUtf8() {
        assertThat(read(new FrameReader(10), frame(true, RawWebSocket.CLOSE, ""), 100))
                .containsExactly(new Incoming.Close(1005));
        assertBroken(frame(true, RawWebSocket.CLOSE, bytes("03E8 C3")), CloseCode.INVALID_UTF8);
    }

    @Test
    void theLimitCountsAllFragmentsAndIsSeenInTheHead() {
        assertThat(read(frame(true, RawWebSocket.TEXT, "x".repeat(MAX_BYTES)))).hasSize(1);
        read(frame(false, RawWebSocket.TEXT, "x".repeat(MAX_BYTES - 1)));
        read(frame(false, RawWebSocket.CONTINUATION, "x"));
        assertBroken(bytes("00 81 00000000"), CloseCode.TOO_BIG);
    }

    @ParameterizedTest
    @ValueSource(strings = {"81 FE 03E9", "81 FF 0000000000010000", "81 FF 7FFFFFFFFFFFFFFF", "81 FF 0000000100000000"})
    void aLongFrameIsRefusedByItsHead(String head) {
        assertBroken(bytes(head + "00000000"), CloseCode.TOO_BIG);
    }

    @Test
    void aControlFrameOf125BytesPassesInsideAFullMessage() {
        read(frame(false, RawWebSocket.TEXT, "x".repeat(MAX_BYTES)));
        assertThat(read(frame(true, RawWebSocket.PING, "p".repeat(125)))).hasSize(1);
        assertThat(read(frame(true, RawWebSocket.CONTINUATION, ""))).hasSize(1);
    }
}
