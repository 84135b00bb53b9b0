package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.RawWebSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The opening handshake (RFC 6455, section 4.2), by requests written by hand. */
@ExtendWith(SharedServers.class)
class UpgradeTest {

    private static final String GOOD = """
            GET /chat HTTP/1.1
            Host: localhost
            Upgrade: websocket
            Connection: keep-alive, Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13
            """;

    @Test
    void acceptsWithoutExtensionOrSubprotocol(Duet duet) throws Exception {
        String answer = answer(
                duet,
                GOOD + "Sec-WebSocket-Extensions: permessage-deflate\nSec-WebSocket-Protocol: chat, bearer\n",
                "");
        assertThat(answer)
                .startsWith("http/1.1 101 ")
                .contains("\r\nupgrade: websocket\r\n")
                .contains("\r\nconnection: upgrade\r\n")
                .contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n")
                .doesNotContain("sec-websocket-extensions", "sec-websocket-protocol", "set-cookie");
    }

    @ParameterizedTest
    @CsvSource({
        "Upgrade: websocket, Upgrade: h2c, 426",
        "'Connection: keep-alive, Upgrade', Connection: keep-alive, 426",
        "Sec-WebSocket-Version: 13, Sec-WebSocket-Version: 8, 426",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, X: y, 400",
        "dGhlIHNhbXBsZSBub25jZQ==, c2hvcnQ=, 400",
        "HTTP/1.1, HTTP/1.0, 400",
        "GET, POST, 405",
    })
    void refusesWhatIsNoGoodHandshake(String good, String bad, int status, Duet duet) throws Exception {
        assertThat(GOOD).contains(good);
        String answer = answer(duet, GOOD.replace(good, bad) + "Content-Length: 0\n", "");
        assertThat(answer.split(" ")[1]).isEqualTo(Integer.toString(status));
        assertThat(answer.contains("\r\nsec-websocket-version: 13\r\n")).isEqualTo(status == 426);
    }

    @Test
    void saysWhatAPlainRequestShouldHaveBeen(Duet duet) throws Exception {
        assertThat(answer(duet, "GET /chat HTTP/1.1\nHost: localhost\n", ""))
                .startsWith("http/1.1 426 ")
                .contains("\r\nsec-websocket-version: 13\r\n", "application/problem+json");
    }

    @Test
    void readsWhatComesTogetherWithTheHandshake(Duet duet) throws Exception {
        String ping = new String(
                RawWebSocket.encode(true, RawWebSocket.PING, "early".getBytes(StandardCharsets.UTF_8), 0),
                StandardCharsets.ISO_8859_1);
        assertThat(answer(duet, GOOD, ping)).startsWith("http/1.1 101 ").endsWith("\r\n\r\n\u008A\u0005early");
    }

    /** What the server says within a moment, in lower case. */
    private static String answer(Duet duet, String head, String behind) throws IOException {
        try (Socket socket = new Socket(duet.base().getHost(), duet.base().getPort())) {
            socket.getOutputStream()
                    .write((head.replace("\n", "\r\n") + "\r\n" + behind).getBytes(StandardCharsets.ISO_8859_1));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            socket.setSoTimeout(15_000);
            while (!isWhole(answer, behind)) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    break;
                }
                answer.write(next);
            }
            return answer.toString(StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        }
    }

    /** The head, and of a frame behind it as much as was sent. */
    private static boolean isWhole(ByteArrayOutputStream answer, String behind) {
        String all = answer.toString(StandardCharsets.ISO_8859_1);
        int end = all.indexOf("\r\n\r\n");
        int masked = behind.isEmpty() ? 0 : 4;
        return end >= 0 && all.length() >= end + 4 + behind.length() - masked;
    }
}
