package io.duet.checker;

import io.duet.system.client.RawWebSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One WebSocket (RFC 6455) that never blocks, from the dialling to the end. For the loop's thread alone. A server that breaks
 * the RFC ends the connection with code {@link #BROKEN}.
 */
final class Wire {

    /** The server broke RFC 6455. */
    static final int BROKEN = -1;

    private static final int UPGRADE_MILLIS = 5_000;
    private static final int FIRST_BUFFER = 8 * 1024;

    /** Told on the loop's thread; after {@code closed} nothing more. */
    interface Listener {
        void opened();

        void text(String text);

        /** @param code of the server's close frame, or 0, or {@link Wire#BROKEN} */
        void closed(int code, String how);
    }

    private enum State {
        DIALLING,
        UPGRADING,
        OPEN,
        CLOSED
    }

    private final Listener listener;
    private final SocketChannel channel;
    private final Deque<ByteBuffer> out = new ArrayDeque<>();
    private final ByteArrayOutputStream fragments = new ByteArrayOutputStream();
    private final String upgrade;
    private ByteBuffer in = ByteBuffer.allocate(FIRST_BUFFER);
    private State state = State.DIALLING;
    private SelectionKey key;

    private Wire(Listener listener, SocketChannel channel, String upgrade) {
        this.listener = listener;
        this.channel = channel;
        this.upgrade = upgrade;
    }

    /** The listener hears {@code opened} or {@code closed} within 5 s, never before this returns. */
    static Wire dial(Loop loop, URI node, String token, Listener listener) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        byte[] nonce = new byte[16];
        ThreadLocalRandom.current().nextBytes(nonce);
        Wire wire = new Wire(
                listener,
                channel,
                "GET /chat HTTP/1.1\r\nHost: " + node.getAuthority()
                        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                        + java.util.Base64.getEncoder().encodeToString(nonce) + "\r\nAuthorization: Bearer " + token
                        + "\r\n\r\n");
        wire.key = channel.register(loop.selector(), SelectionKey.OP_CONNECT, wire);
        try {
            channel.connect(new InetSocketAddress(node.getHost(), node.getPort()));
        } catch (IOException refused) {
            channel.close();
            throw refused;
        }
        loop.after(UPGRADE_MILLIS, () -> {
            if (wire.state == State.DIALLING || wire.state == State.UPGRADING) {
                wire.end(0, "no upgrade in time");
            }
        });
        return wire;
    }

    boolean open() {
        return state == State.OPEN;
    }

    void send(String text) {
        sendFrame(RawWebSocket.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    private void sendFrame(int opcode, byte[] payload) {
        if (state != State.OPEN) {
            return;
        }
        out.add(ByteBuffer.wrap(RawWebSocket.encode(
                true, opcode, payload, ThreadLocalRandom.current().nextInt())));
        flush();
    }

    /** Whether what was sent has been handed to the operating system. */
    boolean flushed() {
        return out.isEmpty();
    }

    /** A client that does not read any more, or does again. */
    void read(boolean reading) {
        if (state == State.OPEN) {
            key.interestOps((reading ? SelectionKey.OP_READ : 0) | (out.isEmpty() ? 0 : SelectionKey.OP_WRITE));
        }
    }

    /** Says goodbye and is gone; the listener hears nothing of it. */
    void close() {
        sendFrame(RawWebSocket.CLOSE, new byte[] {3, (byte) 0xE8});
        drop();
    }

    /** Gone without a word; the listener hears nothing of it. */
    void drop() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            try {
                channel.close();
            } catch (IOException gone) {
                // it is gone either way
            }
        }
    }

    /** Gone by a TCP reset; the listener hears nothing of it. */
    void reset() throws IOException {
        if (state != State.CLOSED) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            drop();
        }
    }

    private void end(int code, String how) {
        if (state != State.CLOSED) {
            drop();
            listener.closed(code, how);
        }
    }

    void ready(SelectionKey selected) {
        try {
            if (selected.isConnectable() && channel.finishConnect()) {
                state = State.UPGRADING;
                out.add(ByteBuffer.wrap(upgrade.getBytes(StandardCharsets.ISO_8859_1)));
                key.interestOps(SelectionKey.OP_READ);
                flush();
            }
            if (state != State.CLOSED && selected.isWritable()) {
                flush();
            }
            if (state != State.CLOSED && selected.isReadable()) {
                readAll();
            }
        } catch (IOException broken) {
            end(0, broken.toString());
        }
    }

    private void flush() {
        try {
            while (!out.isEmpty()) {
                channel.write(out.peek());
                if (out.peek().hasRemaining()) {
                    key.interestOpsOr(SelectionKey.OP_WRITE);
                    return;
                }
                out.poll();
            }
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
        } catch (IOException broken) {
            // the reader will hear of it: what came before the end must not be lost
            out.clear();
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private void readAll() throws IOException {
        int count = channel.read(in);
        in.flip();
        if (state == State.UPGRADING && !upgraded()) {
            in.compact();
            if (count < 0) {
                end(0, "end of stream during the upgrade");
            }
            return;
        }
        while (state == State.OPEN && frame()) {
            // the next one
        }
        if (state == State.CLOSED) {
            return;
        }
        in.compact();
        if (!in.hasRemaining()) {
            in.flip();
            in = ByteBuffer.allocate(2 * in.capacity()).put(in);
        }
        if (count < 0) {
            end(0, "end of stream");
        }
    }

    private boolean upgraded() {
        String head = new String(in.array(), in.position(), in.remaining(), StandardCharsets.ISO_8859_1);
        int end = head.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        in.position(in.position() + end + 4);
        if (!head.startsWith("HTTP/1.1 101")) {
            end(0, "upgrade refused: " + head.substring(0, head.indexOf('\r')));
            return true;
        }
        state = State.OPEN;
        listener.opened();
        return true;
    }

    /** Takes one frame, if a whole one is there. */
    private boolean frame() {
        in.mark();
        if (in.remaining() < 2) {
            return false;
        }
        int first = in.get() & 0xFF;
        int second = in.get() & 0xFF;
        int extended = second == 126 ? 2 : second == 127 ? 8 : 0;
        if (in.remaining() < extended) {
            in.reset();
            return false;
        }
        long length = second == 126 ? in.getShort() & 0xFFFF : second == 127 ? in.getLong() : second & 0x7F;
        if ((first & 0x70) != 0 || (second & 0x80) != 0) {
            end(BROKEN, "reserved bits or a mask");
            return false;
        }
        if (in.remaining() < length) {
            in.reset();
            return false;
        }
        byte[] payload = new byte[(int) length];
        in.get(payload);
        accept((first & 0x80) != 0, first & 0x0F, payload);
        return true;
    }

    private void accept(boolean last, int opcode, byte[] payload) {
        switch (opcode) {
            case RawWebSocket.PING -> sendFrame(RawWebSocket.PONG, payload);
            case RawWebSocket.PONG -> {}
            case RawWebSocket.CLOSE -> {
                int code = payload.length < 2 ? 1005 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
                sendFrame(RawWebSocket.CLOSE, Arrays.copyOf(payload, Math.min(2, payload.length)));
                end(
                        code,
                        new String(
                                payload,
                                Math.min(2, payload.length),
                                Math.max(0, payload.length - 2),
                                StandardCharsets.UTF_8));
            }
            case RawWebSocket.TEXT, RawWebSocket.CONTINUATION -> {
                fragments.writeBytes(payload);
                if (last) {
                    String text = fragments.toString(StandardCharsets.UTF_8);
                    fragments.reset();
                    listener.text(text);
                }
            }
            default -> end(BROKEN, "opcode " + opcode);
        }
    }
}
