package io.duet.socket;

/**
 * Checks that bytes are UTF-8 as RFC 3629 has it (nothing overlong, no surrogates, nothing beyond U+10FFFF), in however many
 * parts they come. For one thread.
 */
final class Utf8 {
    private static final int LOWEST = 0x80;
    private static final int HIGHEST = 0xBF;

    private int missing;
    private int lowest = LOWEST;
    private int highest = HIGHEST;

    /** Whether these bytes may follow what came before; once false, for ever useless. */
    boolean accept(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            final byte next = bytes[i];
            if (next < 0 || missing > 0) {
                if (!(missing > 0 ? continues(next & 0xFF) : begins(next & 0xFF))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether no character is only partly there. */
    boolean complete() {
        return missing == 0;
    }

    private boolean begins(int lead) {
        if (lead < 0xC2 || lead > 0xF4) {
            return false;
        }
        if (lead < 0xE0) {
            missing = 1;
        } else if (lead < 0xF0) {
            missing = 2;
            lowest = lead == 0xE0 ? 0xA0 : LOWEST;
            highest = lead == 0xED ? 0x9F : HIGHEST;
        } else {
            missing = 3;
            lowest = lead == 0xF0 ? 0x90 : LOWEST;
            highest = lead == 0xF4 ? 0x8F : HIGHEST;
        }
        return true;
    }

    private boolean continues(int next) {
        if (next < lowest || next > highest) {
            return false;
        }
        missing--;
        lowest = LOWEST;
        highest = HIGHEST;
        return true;
    }
}
