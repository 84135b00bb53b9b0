package io.duet.socket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The bytes of a server's frames (RFC 6455, section 5.2): whole, not masked. */
final class FrameWriter {
    /** In place of a code: the close frame carries none (RFC 6455, section 7.4.1). */
    static final int NO_STATUS = 1005;

    private static final int LAST = 0x80;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PONG = 10;
    private static final int TWO_BYTE_LENGTH = 126;
    private static final int EIGHT_BYTE_LENGTH = 127;

    private FrameWriter() {}

    /** How many bytes the frame of so many bytes of payload has. */
    static int frameBytes(int payloadBytes) {
        return payloadBytes + (payloadBytes < TWO_BYTE_LENGTH ? 2 : payloadBytes < 1 << 16 ? 4 : 10);
    }

    /** @param utf8 the text */
    static void text(byte[] utf8, ByteBuffer to) {
        frame(TEXT, utf8, to);
    }

    static void pong(byte[] payload, ByteBuffer to) {
        frame(PONG, payload, to);
    }

    /** @param reason of at most 123 bytes in UTF-8 */
    static ByteBuffer close(int code, String reason) {
        final byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        final ByteBuffer payload = ByteBuffer.allocate(code == NO_STATUS ? 0 : 2 + text.length);
        if (code != NO_STATUS) {
            payload.putShort((short) code).put(text);
        }
        final ByteBuffer frame = ByteBuffer.allocate(frameBytes(payload.capacity()));
        frame(CLOSE, payload.array(), frame);
        return frame.flip();
    }

    private static void frame(int opcode, byte[] payload, ByteBuffer to) {
        to.put((byte) (LAST | opcode));
        if (payload.length < TWO_BYTE_LENGTH) {
            to.put((byte) payload.length);
        } else if (payload.length < 1 << 16) {
            to.put((byte) TWO_BYTE_LENGTH).putShort((short) payload.length);
        } else {
            to.put((byte) EIGHT_BYTE_LENGTH).putLong(payload.length);
        }
        to.put(payload);
    }
}
