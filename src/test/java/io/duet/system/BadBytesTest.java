package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Incoming;
import io.duet.system.client.Json;
import io.duet.system.client.RawWebSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes beneath the frames: fragments, control frames, broken UTF-8, and more of it than anybody can mean. */
@ExtendWith(SharedServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadBytesTest {

    private static final int FRAME_LIMIT = 128 * 1024;
    private static final long ENDLESS = 200L << 20;

    private UntouchedTalk talk;

    @BeforeAll
    void meet(Duet duet) throws Exception {
        talk = new UntouchedTalk(duet);
    }

    @AfterAll
    void part() {
        talk.close();
    }

    @Test
    void aTextMayComeInFragments() throws Exception {
        String content = "a€😀b";
        byte[] frame = ("{\"action\":\"send_message\",\"conversation_id\":\"" + talk.conversation()
                        + "\",\"content\":\"" + content + "\",\"client_message_id\":\"fragments\"}")
                .getBytes(StandardCharsets.UTF_8);
        int euro = new String(frame, StandardCharsets.ISO_8859_1).indexOf("\u00E2\u0082\u00AC");
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendFragmented(frame, 1, euro, euro + 3, euro + 7);
            talk.expectStored(alice, content);
        }
    }

    /** A fragment is no text of its own (RFC 6455, section 5.4). */
    @ParameterizedTest
    @ValueSource(strings = {"é", "€", "😀"})
    void aFragmentMayEndAnywhereInsideACharacter(String character) throws Exception {
        int bytes = character.getBytes(StandardCharsets.UTF_8).length;
        try (DuetClient alice = talk.alice()) {
            for (int cut = 1; cut < bytes; cut++) {
                String content = cut + " of " + character;
                byte[] frame = sendMessage(content, "inside-" + bytes + "-" + cut);
                alice.socket().sendFragmented(frame, indexOf(frame, character) + cut);
                talk.expectStored(alice, content);
            }
        }
    }

    @Test
    void everyByteMayBeAFragmentOfItsOwn() throws Exception {
        String content = "é€😀";
        byte[] frame = sendMessage(content, "bytes");
        try (DuetClient alice = talk.alice()) {
            alice.socket()
                    .sendFragmented(frame, IntStream.range(1, frame.length).toArray());
            talk.expectStored(alice, content);
        }
    }

    private byte[] sendMessage(String content, String clientMessageId) {
        return Json.write(Map.of(
                        "action",
                        "send_message",
                        "conversation_id",
                        talk.conversation(),
                        "content",
                        content,
                        "client_message_id",
                        clientMessageId))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static int indexOf(byte[] frame, String text) {
        return new String(frame, StandardCharsets.ISO_8859_1)
                .indexOf(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }

    @Test
    void controlFramesMayComeBetweenFragments() throws Exception {
        byte[] frame = "{\"action\":\"ping\"}".getBytes(StandardCharsets.UTF_8);
        try (DuetClient alice = talk.alice()) {
            RawWebSocket socket = alice.socket();
            socket.sendFrame(false, RawWebSocket.TEXT, Arrays.copyOfRange(frame, 0, 5));
            socket.sendPing(new byte[] {1});
            socket.sendFrame(true, RawWebSocket.CONTINUATION, Arrays.copyOfRange(frame, 5, frame.length));
            alice.expect("pong");
        }
    }

    @Test
    void binaryFrameEndsWith1003() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendBinary("{\"action\":\"ping\"}".getBytes(StandardCharsets.UTF_8));
            alice.expectClose(1003);
        }
        talk.assertStillServed();
    }

    /** Overlong, stray continuation, cut off, surrogate, beyond U+10FFFF, never a byte of UTF-8. */
    @ParameterizedTest
    @ValueSource(strings = {"C0AF", "80", "E282", "EDA080", "F4908080", "FF", "F0808080"})
    void invalidUtf8EndsWith1007(String hex) throws Exception {
        byte[] head = "{\"action\":\"ping\",\"x\":\"".getBytes(StandardCharsets.UTF_8);
        byte[] bad = HexFormat.of().parseHex(hex);
        byte[] frame = Arrays.copyOf(head, head.length + bad.length + 2);
        System.arraycopy(bad, 0, frame, head.length, bad.length);
        frame[frame.length - 2] = '"';
        frame[frame.length - 1] = '}';
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendText(frame);
            alice.expectClose(1007);
        }
        talk.assertStillServed();
    }

    @Test
    void frameOfTheLimitPassesAndOneByteMoreEndsWith1009() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendText(pingOf(FRAME_LIMIT));
            alice.expect("pong");
            alice.socket().sendText(pingOf(FRAME_LIMIT + 1));
            alice.expectClose(1009);
        }
        talk.assertStillServed();
    }

    @Test
    void limitHoldsOverFragments() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendFragmented(pingOf(FRAME_LIMIT).getBytes(StandardCharsets.UTF_8), 1000, 50_000, 100_000);
            alice.expect("pong");
            alice.socket()
                    .sendFragmented(pingOf(FRAME_LIMIT + 1).getBytes(StandardCharsets.UTF_8), 1000, 50_000, 100_000);
            alice.expectClose(1009);
        }
    }

    @Test
    void limitCountsBytesNotCharacters() throws Exception {
        String wide = "{\"action\":\"ping\",\"x\":\"" + "€".repeat(FRAME_LIMIT / 3) + "\"}";
        assertThat(wide.getBytes(StandardCharsets.UTF_8).length).isGreaterThan(FRAME_LIMIT);
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendText(wide);
            alice.expectClose(1009);
        }
    }

    /** Anybody can announce a gigabyte, signed in or not: the server must refuse it by its head, not collect it. */
    @Test
    void frameThatAnnouncesAGigabyteEndsWith1009AtOnce(Duet duet) throws Exception {
        byte[] head = ByteBuffer.allocate(14)
                .put((byte) 0x81)
                .put((byte) 0xFF)
                .putLong(1L << 30)
                .putInt(0)
                .array();
        try (DuetClient anybody = new DuetClient(duet.chat().open(), frame -> {})) {
            anybody.socket().sendRaw(head);
            anybody.socket().sendRaw(new byte[2 * FRAME_LIMIT]);
            anybody.expectClose(1009);
        }
        talk.assertStillServed();
    }

    private static String pingOf(int bytes) {
        String head = "{\"action\":\"ping\",\"x\":\"";
        return head + "y".repeat(bytes - head.length() - 2) + "\"}";
    }

    @Test
    void twoHundredMegabytesOfEndlessFragmentsLeaveMemoryFlat(TestServer server) throws Exception {
        byte[] piece = RawWebSocket.encode(
                false, RawWebSocket.CONTINUATION, "y".repeat(60 * 1024).getBytes(StandardCharsets.UTF_8), 0);
        offer(piece, ENDLESS / 4);
        long before = server.residentBytes();
        offer(piece, ENDLESS);
        assertThat(server.residentBytes() - before).as("growth in bytes").isLessThan(64L << 20);
        talk.assertStillServed();
    }

    private void offer(byte[] piece, long bytes) throws IOException {
        for (long offered = 0; offered < bytes; ) {
            try (DuetClient alice = talk.alice()) {
                alice.socket().sendFrame(false, RawWebSocket.TEXT, "{\"x\":\"".getBytes(StandardCharsets.UTF_8));
                try {
                    for (int i = 0; i < 160; i++) {
                        offered += piece.length;
                        alice.socket().sendRaw(piece);
                    }
                } catch (IOException closed) {
                    assertThat(closed).as("the server has enough").isNotNull();
                }
                assertThat(alice.expectEnd(DuetClient.DEADLINE))
                        .as("1009, but who is still writing may not live to read it")
                        .satisfiesAnyOf(
                                end -> assertThat(end).isInstanceOf(Incoming.Gone.class),
                                end -> assertThat(((Incoming.Close) end).code()).isEqualTo(1009));
            }
        }
    }
}
