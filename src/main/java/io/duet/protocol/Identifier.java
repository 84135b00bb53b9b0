package io.duet.protocol;

import java.util.Optional;
import java.util.UUID;

/**
 * Identifiers as they stand on the wire: a UUID as 36 characters, lower case, with hyphens (RFC 9562, section 4).
 * {@link UUID#fromString} takes far more than that, so it must not be used on what a client sends. Any thread.
 */
public final class Identifier {

    private static final int LENGTH = 36;

    private Identifier() {}

    /** The UUID that {@code text} is, or empty when it is anything but the exact form; upper case is not. */
    public static Optional<UUID> parse(String text) {
        if (text.length() != LENGTH) {
            return Optional.empty();
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < LENGTH; i++) {
            final char c = text.charAt(i);
            if (i == 8 || i == 13 || i == 18 || i == 23) {
                if (c != '-') {
                    return Optional.empty();
                }
                continue;
            }
            final int digit = digit(c);
            if (digit < 0) {
                return Optional.empty();
            }
            if (i < 18) {
                high = high << 4 | digit;
            } else {
                low = low << 4 | digit;
            }
        }
        return Optional.of(new UUID(high, low));
    }

    private static int digit(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }
}
