package io.duet.system.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RawWebSocketTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    private ServerSocket listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        listener.close();
    }

    @Test
    void masksWhatItSendsWithEveryLengthForm() throws Exception {
        for (int length : new int[] {0, 5, 125, 126, 65_535, 65_536}) {
            String text = "é".repeat(length / 2) + "x".repeat(length % 2);
            Peer peer = accept();
            try (RawWebSocket client = open()) {
                client.sendText(text);
                assertThat(peer.get().readFrame()).isEqualTo(new Peer.Frame(0x81, true, text));
            }
        }
    }

    @Test
    void fragmentsInsideACharacter() throws Exception {
        Peer peer = accept();
        try (RawWebSocket client = open()) {
            client.sendFragmented("a€b".getBytes(StandardCharsets.UTF_8), 2, 3);
            assertThat(peer.get().readHex()).isEqualTo("01 61e2");
            assertThat(peer.readHex()).isEqualTo("00 82");
            assertThat(peer.readHex()).isEqualTo("80 ac62");
        }
    }

    @Test
    void sendsControlFramesAndRawBytes() throws Exception {
        Peer peer = accept();
        try (RawWebSocket client = open()) {
            client.sendPing(new byte[] {1});
            client.sendPong(new byte[] {2});
            client.sendText(new byte[] {(byte) 0xC0, (byte) 0xAF});
            client.sendBinary(new byte[] {3});
            client.sendClose(4400, "é");
            assertThat(peer.get().readHex()).isEqualTo("89 01");
            assertThat(peer.readHex()).isEqualTo("8a 02");
            assertThat(peer.readHex()).isEqualTo("81 c0af");
            assertThat(peer.readHex()).isEqualTo("82 03");
            assertThat(peer.readHex()).isEqualTo("88 1130c3a9");
        }
    }

    @Test
    void readsMessagesControlFramesAndCloseCodes() throws Exception {
        Peer peer = accept();
        try (RawWebSocket client = open()) {
            peer.get();
            peer.write("8103" + "616263");
            assertThat(client.receive(SOON)).isEqualTo(new Incoming.Text("abc"));
            peer.write("0102" + "61e2" + "8901" + "07" + "8002" + "82ac");
            assertThat(client.receive(SOON)).isInstanceOf(Incoming.Ping.class);
            assertThat(client.receive(SOON)).isEqualTo(new Incoming.Text("a€"));
            peer.write("817e0100" + "61".repeat(256));
            assertThat(client.receive(SOON)).isEqualTo(new Incoming.Text("a".repeat(256)));
            peer.write("817f0000000000010001" + "62".repeat(65_537));
            assertThat(client.receive(SOON)).isEqualTo(new Incoming.Text("b".repeat(65_537)));
            peer.write("8804" + "1131" + "6869");
            assertThat(client.receive(SOON)).isEqualTo(new Incoming.Close(4401, "hi"));
            peer.socket.close();
            assertThat(client.receive(SOON)).isInstanceOf(Incoming.Gone.class);
        }
    }

    @Test
    void keepsAPartialFrameOverADeadline() throws Exception {
        Peer peer = accept();
        try (RawWebSocket client = open()) {
            peer.get();
            peer.write("8103" + "61");
            assertThat(client.receive(Duration.ofMillis(50))).isEqualTo(new Incoming.Nothing());
            peer.write("6263");
            assertThat(client.receive(SOON)).isEqualTo(new Incoming.Text("abc"));
        }
    }

    @Test
    void tellsAServerThatBreaksTheProtocol() throws Exception {
        Peer peer = accept();
        try (RawWebSocket client = open()) {
            peer.get();
            peer.write("8183" + "00000000" + "616263");
            assertThatThrownBy(() -> client.receive(SOON)).hasMessageContaining("masked");
        }
    }

    @Test
    void tellsTheStatusOfARefusal() throws Exception {
        CompletableFuture<Void> refusing = CompletableFuture.runAsync(() -> {
            try (Socket socket = listener.accept()) {
                Peer.readHead(socket);
                socket.getOutputStream()
                        .write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
                                .getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException failure) {
                throw new IllegalStateException(failure);
            }
        });
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        HandshakeRefused.class,
                        refused -> assertThat(refused.status()).isEqualTo(403));
        refusing.get(5, TimeUnit.SECONDS);
    }

    /** RFC 6455, 1.3, has this very example. */
    @Test
    void computesTheAcceptKeyOfTheStandard() {
        assertThat(RawWebSocket.acceptFor("dGhlIHNhbXBsZSBub25jZQ==")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    private RawWebSocket open() throws IOException {
        return RawWebSocket.to(URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/chat"))
                .header("X-Test", "1")
                .open();
    }

    private Peer accept() {
        return new Peer(listener);
    }

    /** The smallest server that can shake hands and show the bytes of the frames that arrive. */
    private static final class Peer {

        record Frame(int head, boolean masked, String text) {}

        private final CompletableFuture<Socket> accepted;
        private Socket socket;

        Peer(ServerSocket listener) {
            accepted = CompletableFuture.supplyAsync(() -> {
                try {
                    Socket socket = listener.accept();
                    String key = readHead(socket);
                    socket.getOutputStream()
                            .write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                            + "Sec-WebSocket-Accept: " + RawWebSocket.acceptFor(key) + "\r\n\r\n")
                                    .getBytes(StandardCharsets.ISO_8859_1));
                    return socket;
                } catch (IOException failure) {
                    throw new IllegalStateException(failure);
                }
            });
        }

        static String readHead(Socket socket) throws IOException {
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String key = "";
            for (String line = reader.readLine(); !line.isEmpty(); line = reader.readLine()) {
                if (line.startsWith("Sec-WebSocket-Key: ")) {
                    key = line.substring(19);
                }
            }
            return key;
        }

        Peer get() throws Exception {
            socket = accepted.get(5, TimeUnit.SECONDS);
            return this;
        }

        void write(String hex) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(HexFormat.of().parseHex(hex));
            out.flush();
        }

        Frame readFrame() throws IOException {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int head = in.readUnsignedByte();
            int second = in.readUnsignedByte();
            int form = second & 0x7F;
            int length = form == 126 ? in.readUnsignedShort() : form == 127 ? (int) in.readLong() : form;
            byte[] mask = in.readNBytes(4);
            byte[] payload = in.readNBytes(length);
            for (int i = 0; i < length; i++) {
                payload[i] ^= mask[i % 4];
            }
            return new Frame(head, (second & 0x80) != 0, new String(payload, StandardCharsets.UTF_8));
        }

        String readHex() throws IOException {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int head = in.readUnsignedByte();
            int length = in.readUnsignedByte() & 0x7F;
            byte[] mask = in.readNBytes(4);
            byte[] payload = in.readNBytes(length);
            for (int i = 0; i < length; i++) {
                payload[i] ^= mask[i % 4];
            }
            return HexFormat.of().toHexDigits((byte) head) + " "
                    + HexFormat.of().formatHex(payload);
        }
    }
}
