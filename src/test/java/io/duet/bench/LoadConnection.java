package io.duet.bench;

import io.duet.system.client.RawWebSocket;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One WebSocket of the load, from the TCP connect on without blocking. Frames are handed over as slices of the loop's read
 * buffer; while nothing is under way a connection holds no buffer, so that tens of thousands fit into one process.
 */
final class LoadConnection {
    /** A connection that ended without a close frame (RFC 6455, section 7.1.5). */
    static final int NO_CLOSE_FRAME = 1006;

    private static final byte[] NOTHING = {};

    /** What happens on a connection. */
    interface Listener {
        /** The upgrade has succeeded. */
        void opened();

        /** A whole text frame; the slice is valid during the call only. */
        void frame(byte[] buffer, int from, int to);

        /** The end, by whatever side, with the code of the close frame or {@link #NO_CLOSE_FRAME}. */
        void closed(int code, String why);
    }

    private enum State {
        CONNECTING,
        UPGRADING,
        OPEN,
        CLOSED
    }

    private final Loop loop;
    private final SocketChannel channel;
    private final URI base;
    private final String token;
    private final Listener listener;
    private SelectionKey key;
    private State state = State.CONNECTING;
    private byte[] rest = NOTHING;
    private byte[] out = NOTHING;
    private int outLength;
    private boolean willFlush;

    LoadConnection(Loop loop, SocketChannel channel, URI base, String token, Listener listener) {
        this.loop = loop;
        this.channel = channel;
        this.base = base;
        this.token = token;
        this.listener = listener;
    }

    void attach(SelectionKey registered) {
        key = registered;
    }

    /**
     * A frame ready to send. The mask of zero is as legal as any (RFC 6455, 5.3) and costs the generator nothing; the
     * server has to unmask all the same.
     */
    static byte[] prepare(String text) {
        return RawWebSocket.encode(true, RawWebSocket.TEXT, text.getBytes(StandardCharsets.UTF_8), 0);
    }

    /** Queues a prepared frame; it goes out at the end of the loop's round. */
    void send(byte[] frame) {
        if (state == State.CLOSED) {
            return;
        }
        if (outLength + frame.length > out.length) {
            out = Arrays.copyOf(out, Math.max(256, 2 * (outLength + frame.length)));
        }
        System.arraycopy(frame, 0, out, outLength, frame.length);
        outLength += frame.length;
        if (!willFlush) {
            willFlush = true;
            loop.flushLater(this);
        }
    }

    void flush() {
        willFlush = false;
        if (state == State.CLOSED || state == State.CONNECTING || outLength == 0) {
            return;
        }
        try {
            final int written = channel.write(ByteBuffer.wrap(out, 0, outLength));
            outLength -= written;
            if (outLength == 0) {
                out = out.length > 1024 ? NOTHING : out;
                key.interestOps(SelectionKey.OP_READ);
            } else {
                System.arraycopy(out, written, out, 0, outLength);
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            }
        } catch (IOException failure) {
            end(NO_CLOSE_FRAME, failure.toString());
        }
    }

    /** Something can be done on the socket. */
    void ready(SelectionKey selected, ReadBuffer read) {
        try {
            if (selected.isValid() && selected.isConnectable() && channel.finishConnect()) {
                state = State.UPGRADING;
                send(upgrade());
            }
            if (selected.isValid() && selected.isWritable()) {
                flush();
            }
            if (selected.isValid() && selected.isReadable()) {
                readable(read);
            }
        } catch (IOException failure) {
            end(NO_CLOSE_FRAME, failure.toString());
        }
    }

    private byte[] upgrade() {
        return ("GET /chat HTTP/1.1\r\nHost: " + base.getAuthority()
                        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
                        + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " + token
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private void readable(ReadBuffer read) throws IOException {
        final ByteBuffer in = read.startingWith(rest);
        if (channel.read(in) < 0) {
            end(NO_CLOSE_FRAME, "closed by the server without a close frame");
            return;
        }
        int at = 0;
        if (state == State.UPGRADING) {
            at = afterHead(in);
        }
        if (state == State.OPEN) {
            at = frames(in.array(), at, in.position());
        }
        rest = at == in.position() ? NOTHING : Arrays.copyOfRange(in.array(), at, in.position());
    }

    private int afterHead(ByteBuffer in) {
        final String head = new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1);
        final int end = head.indexOf("\r\n\r\n");
        if (end < 0) {
            return 0;
        }
        if (!head.startsWith("HTTP/1.1 101")) {
            end(NO_CLOSE_FRAME, "upgrade refused: " + head.lines().findFirst().orElse(""));
            return in.position();
        }
        state = State.OPEN;
        listener.opened();
        return end + 4;
    }

    /** Hands over each whole frame; tells where the first one that is not whole begins. */
    private int frames(byte[] bytes, int from, int end) throws IOException {
        int at = from;
        while (end - at >= 2 && state == State.OPEN) {
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
            dispatch(bytes, bytes[at] & 0x0F, at + header, length);
            at += header + length;
        }
        return at;
    }

    private void dispatch(byte[] bytes, int opcode, int from, int length) {
        if (opcode == RawWebSocket.TEXT) {
            listener.frame(bytes, from, from + length);
        } else if (opcode == RawWebSocket.PING) {
            send(RawWebSocket.encode(true, RawWebSocket.PONG, Arrays.copyOfRange(bytes, from, from + length), 0));
        } else if (opcode == RawWebSocket.CLOSE) {
            final int code = length < 2 ? 1005 : (bytes[from] & 0xFF) << 8 | bytes[from + 1] & 0xFF;
            end(code, "closed by the server");
        }
    }

    /** Drops the connection, as a process that dies does. */
    void cut() {
        state = State.CLOSED;
        try {
            channel.close();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void end(int code, String why) {
        if (state != State.CLOSED) {
            cut();
            listener.closed(code, why);
        }
    }
}
