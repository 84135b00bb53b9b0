package io.duet.system.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket client (RFC 6455) over a plain socket that does exactly what it is told, right or wrong: any bytes, any
 * fragmentation, any control frame, and it reads only when asked, so a test that does not call {@link #receive} is a
 * client that stopped reading. It answers nothing by itself, neither pings nor closes.
 *
 * <p>One thread may read while others send; sends are serialised per frame.
 */
public final class RawWebSocket implements AutoCloseable {

    public static final int CONTINUATION = 0x0;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;

    /** How long a write may wait for a server that does not read. */
    public static final Duration WRITE_DEADLINE = Duration.ofSeconds(20);

    private static final Duration HANDSHAKE_DEADLINE = Duration.ofSeconds(20);
    private static final int NO_STATUS = 1005;
    private static final String ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final Object writing = new Object();
    private final Map<String, String> responseHeaders = new HashMap<>();
    private byte[] buffered = new byte[4096];
    private int filled;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private int messageOpcode;

    private RawWebSocket(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** Starts the description of an upgrade to {@code ws://host:port/path}. */
    public static Upgrade to(URI uri) {
        return new Upgrade(uri);
    }

    /** An upgrade request before it is sent. */
    public static final class Upgrade {

        private final URI uri;
        private final List<String> headers = new ArrayList<>();
        private int receiveBufferBytes;

        private Upgrade(URI uri) {
            this.uri = uri;
        }

        public Upgrade header(String name, String value) {
            headers.add(name + ": " + value + "\r\n");
            return this;
        }

        public Upgrade bearer(String token) {
            return header("Authorization", "Bearer " + token);
        }

        /** A small buffer makes a client that does not read exert back-pressure soon. */
        public Upgrade receiveBuffer(int bytes) {
            receiveBufferBytes = bytes;
            return this;
        }

        /**
         * Connects and upgrades.
         *
         * @throws HandshakeRefused when the answer is not 101
         * @throws IOException when the server cannot be reached or breaks RFC 6455, 4.2.2
         */
        public RawWebSocket open() throws IOException {
            Socket socket = new Socket();
            try {
                if (receiveBufferBytes > 0) {
                    socket.setReceiveBufferSize(receiveBufferBytes);
                }
                socket.setTcpNoDelay(true);
                socket.connect(
                        new InetSocketAddress(uri.getHost(), uri.getPort()), (int) HANDSHAKE_DEADLINE.toMillis());
                RawWebSocket webSocket = new RawWebSocket(socket);
                webSocket.upgrade(uri, String.join("", headers));
                return webSocket;
            } catch (IOException | RuntimeException failure) {
                socket.close();
                throw failure;
            }
        }
    }

    private void upgrade(URI uri, String headers) throws IOException {
        byte[] nonce = new byte[16];
        ThreadLocalRandom.current().nextBytes(nonce);
        String key = Base64.getEncoder().encodeToString(nonce);
        String path = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        String request = "GET " + path + " HTTP/1.1\r\nHost: " + uri.getHost() + ":" + uri.getPort()
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key
                + "\r\nSec-WebSocket-Version: 13\r\n" + headers + "\r\n";
        sendRaw(request.getBytes(StandardCharsets.ISO_8859_1));
        String head = readHead();
        int status = Integer.parseInt(head.substring(9, 12));
        if (status != 101) {
            throw new HandshakeRefused(status, head);
        }
        for (String line : head.split("\r\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                responseHeaders.put(
                        line.substring(0, colon).trim().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
        }
        if (!acceptFor(key).equals(responseHeaders.get("sec-websocket-accept"))) {
            throw new IOException("wrong Sec-WebSocket-Accept in: " + head);
        }
    }

    private String readHead() throws IOException {
        socket.setSoTimeout((int) HANDSHAKE_DEADLINE.toMillis());
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("connection ended during the upgrade after: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    static String acceptFor(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1")
                    .digest((key + ACCEPT_GUID).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A header of the 101 answer, by lower-case name; null when absent. */
    public String responseHeader(String name) {
        return responseHeaders.get(name);
    }

    public void sendText(String text) throws IOException {
        sendFrame(true, TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A text frame of any bytes, valid UTF-8 or not. */
    public void sendText(byte[] bytes) throws IOException {
        sendFrame(true, TEXT, bytes);
    }

    public void sendBinary(byte[] bytes) throws IOException {
        sendFrame(true, BINARY, bytes);
    }

    public void sendPing(byte[] bytes) throws IOException {
        sendFrame(true, PING, bytes);
    }

    public void sendPong(byte[] bytes) throws IOException {
        sendFrame(true, PONG, bytes);
    }

    public void sendClose(int code, String reason) throws IOException {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        sendFrame(
                true,
                CLOSE,
                ByteBuffer.allocate(2 + text.length)
                        .putShort((short) code)
                        .put(text)
                        .array());
    }

    /** One message in fragments that end at the given byte offsets, which may lie inside a character. */
    public void sendFragmented(byte[] bytes, int... cuts) throws IOException {
        int from = 0;
        for (int cut : cuts) {
            sendFrame(false, from == 0 ? TEXT : CONTINUATION, Arrays.copyOfRange(bytes, from, cut));
            from = cut;
        }
        sendFrame(true, from == 0 ? TEXT : CONTINUATION, Arrays.copyOfRange(bytes, from, bytes.length));
    }

    /** One masked frame, exactly as told. */
    public void sendFrame(boolean last, int opcode, byte[] payload) throws IOException {
        sendRaw(encode(last, opcode, payload, ThreadLocalRandom.current().nextInt()));
    }

    /** The bytes of one masked client frame (RFC 6455, 5.2). */
    public static byte[] encode(boolean last, int opcode, byte[] payload, int mask) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
        frame.put((byte) ((last ? 0x80 : 0) | opcode));
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 65536) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        frame.putInt(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ mask >>> (24 - 8 * (i & 3))));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    /**
     * Bytes as they are, for what no frame can say.
     *
     * @throws IllegalStateException when the server neither reads nor closes for {@link #WRITE_DEADLINE}; the connection is
     *     closed then
     */
    public void sendRaw(byte[] bytes) throws IOException {
        synchronized (writing) {
            CompletableFuture<Void> written = new CompletableFuture<>();
            CompletableFuture<Void> watched = written.orTimeout(WRITE_DEADLINE.toSeconds(), TimeUnit.SECONDS)
                    .whenComplete((done, late) -> {
                        if (late != null) {
                            close();
                        }
                    });
            try {
                out.write(bytes);
                out.flush();
            } catch (IOException failure) {
                if (watched.isCompletedExceptionally()) {
                    throw new IllegalStateException("the server neither reads nor closes", failure);
                }
                throw failure;
            } finally {
                written.complete(null);
            }
        }
    }

    /**
     * The next whole message or control frame. A message that is only partly there stays buffered, so a later call goes
     * on where this one ended.
     *
     * @return {@link Incoming.Nothing} when the deadline passes first; {@link Incoming.Gone} at the end of the stream
     * @throws IllegalStateException when the server breaks RFC 6455 (masked, reserved bits, stray continuation)
     */
    public Incoming receive(Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        while (true) {
            Incoming parsed = parse();
            if (parsed != null) {
                return parsed;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return new Incoming.Nothing();
            }
            try {
                socket.setSoTimeout((int) Math.max(1, Duration.ofNanos(left).toMillis()));
                if (filled == buffered.length) {
                    buffered = Arrays.copyOf(buffered, 2 * filled);
                }
                int count = in.read(buffered, filled, buffered.length - filled);
                if (count < 0) {
                    return new Incoming.Gone("end of stream");
                }
                filled += count;
            } catch (SocketTimeoutException late) {
                return new Incoming.Nothing();
            } catch (IOException broken) {
                return new Incoming.Gone(broken.toString());
            }
        }
    }

    private Incoming parse() {
        while (true) {
            if (filled < 2) {
                return null;
            }
            ByteBuffer view = ByteBuffer.wrap(buffered, 0, filled);
            int first = view.get() & 0xFF;
            int second = view.get() & 0xFF;
            require((first & 0x70) == 0, "reserved bits set");
            require((second & 0x80) == 0, "masked by the server");
            int extended = second == 126 ? 2 : second == 127 ? 8 : 0;
            if (view.remaining() < extended) {
                return null;
            }
            long length = second == 126 ? view.getShort() & 0xFFFF : second == 127 ? view.getLong() : second;
            if (view.remaining() < length) {
                return null;
            }
            byte[] payload = new byte[(int) length];
            view.get(payload);
            System.arraycopy(buffered, view.position(), buffered, 0, filled - view.position());
            filled -= view.position();
            Incoming whole = accept((first & 0x80) != 0, first & 0x0F, payload);
            if (whole != null) {
                return whole;
            }
        }
    }

    private Incoming accept(boolean last, int opcode, byte[] payload) {
        switch (opcode) {
            case PING:
                return new Incoming.Ping(payload);
            case PONG:
                return new Incoming.Pong(payload);
            case CLOSE:
                return payload.length < 2
                        ? new Incoming.Close(NO_STATUS, "")
                        : new Incoming.Close(
                                ByteBuffer.wrap(payload).getShort() & 0xFFFF,
                                new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8));
            case TEXT, BINARY:
                require(message.size() == 0 && messageOpcode == 0, "new message inside a fragmented one");
                messageOpcode = opcode;
                break;
            case CONTINUATION:
                require(messageOpcode != 0, "continuation of nothing");
                break;
            default:
                throw new IllegalStateException("unknown opcode " + opcode);
        }
        message.writeBytes(payload);
        if (!last) {
            return null;
        }
        byte[] whole = message.toByteArray();
        boolean text = messageOpcode == TEXT;
        message.reset();
        messageOpcode = 0;
        return text ? new Incoming.Text(new String(whole, StandardCharsets.UTF_8)) : new Incoming.Binary(whole);
    }

    private static void require(boolean kept, String broken) {
        if (!kept) {
            throw new IllegalStateException("server broke RFC 6455: " + broken);
        }
    }

    /** Says by TCP that nothing will follow, and still reads. */
    public void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends with a TCP reset, as a crashed client's machine does. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Ends the TCP connection without a close frame. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException ignored) {
            // the connection is gone either way
        }
    }
}
