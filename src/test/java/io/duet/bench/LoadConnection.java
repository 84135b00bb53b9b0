package io.duet.bench;

import io.duet.system.client.RawWebSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One WebSocket of the load: non-blocking after the upgrade, frames handed over as slices of its read buffer, sends
 * collected and written once per round of the selector. For the one thread of the selector.
 */
final class LoadConnection {

    /** Receives each whole text frame; the slice is valid during the call only. */
    interface FrameListener {
        void onFrame(byte[] buffer, int from, int to);
    }

    private static final int BUFFER_BYTES = 256 * 1024;

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES);
    private final ByteBuffer out = ByteBuffer.allocate(BUFFER_BYTES);
    private FrameListener listener = (buffer, from, to) -> {};
    private SelectionKey key;

    private LoadConnection(SocketChannel channel) {
        this.channel = channel;
    }

    static LoadConnection open(URI base, String token) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(base.getHost(), base.getPort()));
        channel.socket().setTcpNoDelay(true);
        LoadConnection connection = new LoadConnection(channel);
        connection.upgrade(base, token);
        return connection;
    }

    private void upgrade(URI base, String token) throws IOException {
        String request = "GET /chat HTTP/1.1\r\nHost: " + base.getAuthority()
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
                + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " + token + "\r\n\r\n";
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.length() < 4 || !"\r\n\r\n".equals(head.substring(head.length() - 4))) {
            one.clear();
            if (channel.read(one) < 0) {
                throw new EOFException("during the upgrade: " + head);
            }
            head.append((char) one.get(0));
        }
        if (!head.toString().startsWith("HTTP/1.1 101")) {
            throw new IOException("upgrade refused: " + head);
        }
        channel.configureBlocking(false);
    }

    SocketChannel channel() {
        return channel;
    }

    void attach(SelectionKey registered, FrameListener frames) {
        key = registered;
        listener = frames;
    }

    /**
     * A frame ready to send. The mask of zero is as legal as any (RFC 6455, 5.3) and costs the generator nothing; the
     * server has to unmask all the same.
     */
    static byte[] prepare(String text) {
        return RawWebSocket.encode(true, RawWebSocket.TEXT, text.getBytes(StandardCharsets.UTF_8), 0);
    }

    /** Queues a prepared frame; {@link #flush} writes it. */
    void send(byte[] frame) throws IOException {
        if (out.remaining() < frame.length) {
            flush();
        }
        out.put(frame);
    }

    /** Writes what the socket takes now; the selector calls again for the rest. */
    void flush() throws IOException {
        if (out.position() == 0) {
            return;
        }
        out.flip();
        channel.write(out);
        boolean rest = out.hasRemaining();
        out.compact();
        if (key != null) {
            key.interestOps(rest ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }
    }

    /** Reads what is there and hands each whole text frame to the listener. */
    void readable() throws IOException {
        if (channel.read(in) < 0) {
            throw new EOFException("closed by the server");
        }
        byte[] bytes = in.array();
        int at = 0;
        int end = in.position();
        while (end - at >= 2) {
            int length = bytes[at + 1] & 0x7F;
            int header = 2;
            if (length == 126) {
                if (end - at < 4) {
                    break;
                }
                length = (bytes[at + 2] & 0xFF) << 8 | bytes[at + 3] & 0xFF;
                header = 4;
            } else if (length == 127) {
                throw new IOException("a frame above 64 KiB has no place in this load");
            }
            if (end - at < header + length) {
                break;
            }
            dispatch(bytes, at, header, length);
            at += header + length;
        }
        System.arraycopy(bytes, at, bytes, 0, end - at);
        in.position(end - at);
    }

    private void dispatch(byte[] bytes, int at, int header, int length) throws IOException {
        int opcode = bytes[at] & 0x0F;
        if (opcode == RawWebSocket.TEXT) {
            listener.onFrame(bytes, at + header, at + header + length);
        } else if (opcode == RawWebSocket.PING) {
            send(RawWebSocket.encode(
                    true,
                    RawWebSocket.PONG,
                    java.util.Arrays.copyOfRange(bytes, at + header, at + header + length),
                    0));
        } else if (opcode == RawWebSocket.CLOSE) {
            int code = length < 2 ? 1005 : (bytes[at + header] & 0xFF) << 8 | bytes[at + header + 1] & 0xFF;
            throw new EOFException("closed by the server with " + code);
        }
    }
}
