package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Incoming;
import io.duet.system.client.RawWebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455 byte by byte: what a client may not send, control frames, and how a connection ends. */
@ExtendWith(SharedServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramingTest {

    private UntouchedTalk talk;

    @BeforeAll
    void meet(Duet duet) throws Exception {
        talk = new UntouchedTalk(duet);
    }

    @AfterAll
    void part() {
        talk.close();
    }

    @ParameterizedTest
    @CsvSource({
        "C1 80 00000000, reserved bit",
        "83 80 00000000, reserved opcode",
        "8B 80 00000000, reserved control opcode",
        "80 80 00000000, continuation of nothing",
        "81 02 7B7D, not masked",
        "89 00, ping not masked",
        "09 80 00000000, ping in fragments",
        "89 FE 007E 00000000, ping longer than 125",
        "81 FE 0001 00000000, length not in the shortest form",
        "81 FF FFFFFFFFFFFFFFFF 00000000, negative length",
        "01 80 00000000 81 80 00000000, text inside a text",
        "88 81 00000000 03, close of one byte",
        "88 82 00000000 03E7, close with 999",
        "88 82 00000000 03ED, close with 1005",
        "88 82 00000000 03EE, close with 1006",
        "88 82 00000000 03F7, close with 1015",
    })
    void brokenRuleEndsWith1002(String hex, String why) throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendRaw(HexFormat.of().parseHex(hex.replace(" ", "")));
            assertThat(alice.expectClose(1002)).as(why).isNotNull();
        }
        talk.assertStillServed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"81FF7FFFFFFFFFFFFFFF00000000", "81FF000000000002000100000000"})
    void lengthBeyondTheLimitEndsWith1009WithoutItsPayload(String head, Duet duet) throws Exception {
        try (DuetClient anybody = new DuetClient(duet.chat().open(), frame -> {})) {
            anybody.socket().sendRaw(HexFormat.of().parseHex(head));
            anybody.expectClose(1009);
        }
    }

    @Test
    void closeReasonMustBeUtf8() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.socket().sendFrame(true, RawWebSocket.CLOSE, new byte[] {0x03, (byte) 0xE8, (byte) 0xC3});
            alice.expectClose(1007);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125})
    void pingIsAnsweredByItsOwnPayload(int bytes, Duet duet) throws Exception {
        byte[] payload = "p".repeat(bytes).getBytes(StandardCharsets.UTF_8);
        try (RawWebSocket socket = duet.chat().open()) {
            socket.sendPing(payload);
            assertThat(socket.receive(DuetClient.DEADLINE))
                    .isInstanceOfSatisfying(
                            Incoming.Pong.class,
                            pong -> assertThat(pong.bytes()).isEqualTo(payload));
        }
    }

    /** The answers of a client that does not read them must not pile up, and the last ping counts. */
    @Test
    void pongsToAClientThatDoesNotReadAreFew(Duet duet) throws Exception {
        byte[] last = "last".getBytes(StandardCharsets.UTF_8);
        byte[] ping = RawWebSocket.encode(true, RawWebSocket.PING, new byte[125], 0);
        try (RawWebSocket socket = duet.chat().receiveBuffer(4096).open()) {
            for (int i = 0; i < 100_000; i++) {
                socket.sendRaw(ping);
            }
            socket.sendPing(last);
            Incoming.Pong pong;
            do {
                pong = (Incoming.Pong) socket.receive(DuetClient.DEADLINE);
            } while (pong.bytes().length == 125);
            assertThat(pong.bytes()).isEqualTo(last);
        }
        talk.assertStillServed();
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 3000, 4999})
    void closeIsAnsweredByItsOwnCodeAndEndsTheConnection(int code, Duet duet) throws Exception {
        try (RawWebSocket socket = duet.chat().open()) {
            socket.sendClose(code, "bye");
            assertThat(socket.receive(DuetClient.DEADLINE)).isEqualTo(new Incoming.Close(code, ""));
            assertThat(socket.receive(DuetClient.DEADLINE)).isInstanceOf(Incoming.Gone.class);
        }
    }

    @Test
    void closeWithoutACodeIsAnsweredWithoutOne(Duet duet) throws Exception {
        try (RawWebSocket socket = duet.chat().open()) {
            socket.sendFrame(true, RawWebSocket.CLOSE, new byte[0]);
            assertThat(socket.receive(DuetClient.DEADLINE)).isEqualTo(new Incoming.Close(1005, ""));
            assertThat(socket.receive(DuetClient.DEADLINE)).isInstanceOf(Incoming.Gone.class);
        }
    }

    @Test
    void whoDoesNotAnswerACloseIsCut(Duet duet) throws Exception {
        try (RawWebSocket socket = duet.chat().open()) {
            socket.sendBinary(new byte[1]);
            assertThat(socket.receive(DuetClient.DEADLINE))
                    .isInstanceOfSatisfying(
                            Incoming.Close.class,
                            close -> assertThat(close.code()).isEqualTo(1003));
            assertThat(socket.receive(Duration.ofSeconds(10))).isInstanceOf(Incoming.Gone.class);
        }
    }

    /** No close frame can come any more, so the connection is over (RFC 6455, section 7.1.5). */
    @Test
    void halfACloseIsAnEnd(Duet duet) throws Exception {
        try (RawWebSocket socket = duet.chat().open()) {
            socket.endOutput();
            assertThat(socket.receive(DuetClient.DEADLINE)).isInstanceOf(Incoming.Gone.class);
        }
    }
}
