package io.duet.socket;

import java.util.Optional;

/**
 * Puts the parts of one text message together and counts its bytes in UTF-8, whatever number of fragments they came in.
 * For the one thread that reads a connection.
 */
final class FrameAssembler {
    private final int maxBytes;
    private final StringBuilder text = new StringBuilder();
    private int bytes;
    private boolean tooBig;

    FrameAssembler(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The whole text, once its last part is there; empty while it is not, and for ever once it was {@link #tooBig}. */
    Optional<String> add(String part, boolean last) {
        if (tooBig) {
            return Optional.empty();
        }
        bytes += utf8Length(part);
        if (bytes > maxBytes) {
            tooBig = true;
            text.setLength(0);
            text.trimToSize();
            return Optional.empty();
        }
        if (last && text.isEmpty()) {
            bytes = 0;
            return Optional.of(part);
        }
        text.append(part);
        if (!last) {
            return Optional.empty();
        }
        final String whole = text.toString();
        text.setLength(0);
        bytes = 0;
        return Optional.of(whole);
    }

    /** Whether a message has exceeded the limit. */
    boolean tooBig() {
        return tooBig;
    }

    private static int utf8Length(String part) {
        int length = part.length();
        for (int i = 0; i < part.length(); i++) {
            final char c = part.charAt(i);
            if (c >= 0x80) {
                // A surrogate is half of a pair of four bytes
                length += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return length;
    }
}
