package io.duet.socket;

import io.duet.protocol.CloseCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the frames of a client (RFC 6455, section 5) out of bytes that come in any pieces, and puts fragments together. Holds
 * no buffer between messages, and never more than what has come of one. A message beyond the limit is refused by the head of
 * the frame that exceeds it; invalid UTF-8 by the byte that makes it so. For one thread.
 */
final class FrameReader {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private static final int LAST = 0x80;
    private static final int RESERVED = 0x70;
    private static final int OPCODE = 0x0F;
    private static final int MASKED = 0x80;
    private static final int MAX_CONTROL_BYTES = 125;
    private static final int TWO_BYTE_LENGTH = 126;
    private static final int EIGHT_BYTE_LENGTH = 127;
    private static final int MASK_BYTES = 4;

    private final int maxBytes;
    private final Utf8 utf8 = new Utf8();
    private int headBytes;
    private int first;
    private int shortLength;
    private long length;
    private int mask;
    private boolean inPayload;
    private int payloadRead;
    /** The text so far, over all its fragments. */
    private byte[] text;

    private int textBytes;
    private boolean inMessage;
    private byte[] control;
    private Incoming.Broken broken;
    private boolean over;

    /** @param maxBytes of one message, all its fragments together */
    FrameReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * The next thing that is wholly there; null when all bytes are used and more are needed. After a close or a broken rule
     * everything is used and nothing comes any more.
     */
    Incoming next(ByteBuffer bytes) {
        while (!over) {
            if (inPayload) {
                final Incoming whole = payload(bytes);
                if (whole != null) {
                    return whole;
                }
                if (inPayload && broken == null) {
                    return null;
                }
            } else if (bytes.hasRemaining()) {
                head(bytes.get() & 0xFF);
            } else {
                return null;
            }
            if (broken != null) {
                end();
                return broken;
            }
        }
        bytes.position(bytes.limit());
        return null;
    }

    private void end() {
        over = true;
        text = null;
        control = null;
    }

    private void head(int next) {
        if (headBytes == 0) {
            first = next;
            checkFirst(next);
        } else if (headBytes == 1) {
            shortLength = next & ~MASKED;
            length = shortLength < TWO_BYTE_LENGTH ? shortLength : 0;
            checkSecond(next);
        } else if (headBytes < 2 + lengthBytes()) {
            length = length << 8 | next;
        } else {
            mask = mask << 8 | next;
        }
        headBytes++;
        if (broken == null && headBytes == 2 + lengthBytes()) {
            checkLength();
        }
        if (headBytes == 2 + lengthBytes() + MASK_BYTES) {
            inPayload = true;
            payloadRead = 0;
            headBytes = 0;
        }
    }

    private int lengthBytes() {
        return shortLength == TWO_BYTE_LENGTH ? 2 : shortLength == EIGHT_BYTE_LENGTH ? 8 : 0;
    }

    private void checkFirst(int next) {
        final int opcode = next & OPCODE;
        final boolean last = (next & LAST) != 0;
        if ((next & RESERVED) != 0) {
            violation("reserved bits");
        } else if (opcode == CLOSE || opcode == PING || opcode == PONG) {
            if (!last) {
                violation("control frame in fragments");
            }
        } else if (opcode == CONTINUATION) {
            if (!inMessage) {
                violation("continuation of nothing");
            }
        } else if (opcode != TEXT && opcode != BINARY) {
            violation("reserved opcode");
        } else if (inMessage) {
            violation("message inside another");
        } else if (opcode == BINARY) {
            refuse(CloseCode.BINARY);
        }
    }

    private void checkSecond(int next) {
        if ((next & MASKED) == 0) {
            violation("not masked");
        } else if (isControl() && shortLength > MAX_CONTROL_BYTES) {
            violation("control frame too long");
        }
    }

    private void checkLength() {
        if (length < 0) {
            violation("length is negative");
        } else if (lengthBytes() == 2 && length < TWO_BYTE_LENGTH || lengthBytes() == 8 && length < 1 << 16) {
            violation("length not in the shortest form");
        } else if (!isControl() && length > maxBytes - textBytes) {
            refuse(CloseCode.TOO_BIG);
        }
    }

    private boolean isControl() {
        return (first & OPCODE) >= CLOSE;
    }

    private boolean isLast() {
        return (first & LAST) != 0;
    }

    private Incoming payload(ByteBuffer bytes) {
        final int now = (int) Math.min(length - payloadRead, bytes.remaining());
        if (isControl()) {
            if (control == null) {
                control = new byte[(int) length];
            }
            take(bytes, control, payloadRead, now);
        } else {
            makeRoom(now);
            take(bytes, text, textBytes, now);
            if (!utf8.accept(text, textBytes, textBytes + now)) {
                refuse(CloseCode.INVALID_UTF8);
                return null;
            }
            textBytes += now;
        }
        payloadRead += now;
        if (payloadRead < length) {
            return null;
        }
        inPayload = false;
        return isControl() ? wholeControl() : wholeData();
    }

    /** Room for what has come, not for what is announced; what is announced only bounds it. */
    private void makeRoom(int now) {
        final int wanted = textBytes + now;
        if (text == null) {
            text = new byte[now];
        } else if (text.length < wanted) {
            text = Arrays.copyOf(
                    text, (int) Math.min(textBytes + length - payloadRead, Math.max(wanted, 2L * text.length)));
        }
    }

    private void take(ByteBuffer bytes, byte[] to, int at, int count) {
        bytes.get(to, at, count);
        for (int i = 0; i < count; i++) {
            to[at + i] ^= (byte) (mask >>> 24 - 8 * (payloadRead + i & 3));
        }
    }

    private Incoming wholeData() {
        inMessage = !isLast();
        if (inMessage) {
            return null;
        }
        if (!utf8.complete()) {
            refuse(CloseCode.INVALID_UTF8);
            return null;
        }
        final String whole = new String(text, 0, textBytes, StandardCharsets.UTF_8);
        text = null;
        textBytes = 0;
        return new Incoming.Text(whole);
    }

    private Incoming wholeControl() {
        final byte[] whole = control;
        control = null;
        return switch (first & OPCODE) {
            case PING -> new Incoming.Ping(whole);
            case PONG -> new Incoming.Pong();
            default -> close(whole);
        };
    }

    private Incoming close(byte[] payload) {
        if (payload.length == 0) {
            end();
            return new Incoming.Close(FrameWriter.NO_STATUS);
        }
        final int code = payload.length == 1 ? 0 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
        if (!mayBeSent(code)) {
            violation("close code that may not be sent");
            return null;
        }
        final Utf8 reason = new Utf8();
        if (!reason.accept(payload, 2, payload.length) || !reason.complete()) {
            refuse(CloseCode.INVALID_UTF8);
            return null;
        }
        end();
        return new Incoming.Close(code);
    }

    /** RFC 6455, section 7.4, and what has been registered since. */
    private static boolean mayBeSent(int code) {
        return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999;
    }

    private void violation(String rule) {
        broken = new Incoming.Broken(CloseCode.PROTOCOL_ERROR, rule);
    }

    private void refuse(CloseCode code) {
        broken = new Incoming.Broken(code, code.reason());
    }
}
