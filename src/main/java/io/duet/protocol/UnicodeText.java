package io.duet.protocol;

import java.util.Arrays;

/**
 * What Unicode says about a text that a client sent. The table of invisible characters is written out from the Unicode
 * Character Database, version 16.0, so that the same text is judged alike on every Java release. Any thread.
 */
public final class UnicodeText {

    /**
     * First and last code point of each range of {@code White_Space} (PropList.txt), general category {@code Cf}
     * (DerivedGeneralCategory.txt), {@code Default_Ignorable_Code_Point} (DerivedCoreProperties.txt) and U+2800, ascending.
     */
    private static final int[] INVISIBLE = {
        0x0009, 0x000D, 0x0020, 0x0020, 0x0085, 0x0085, 0x00A0, 0x00A0, 0x00AD, 0x00AD, 0x034F, 0x034F,
        0x0600, 0x0605, 0x061C, 0x061C, 0x06DD, 0x06DD, 0x070F, 0x070F, 0x0890, 0x0891, 0x08E2, 0x08E2,
        0x115F, 0x1160, 0x1680, 0x1680, 0x17B4, 0x17B5, 0x180B, 0x180F, 0x2000, 0x200F, 0x2028, 0x202F,
        0x205F, 0x206F, 0x2800, 0x2800, 0x3000, 0x3000, 0x3164, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFEFF,
        0xFFA0, 0xFFA0, 0xFFF0, 0xFFFB, 0x110BD, 0x110BD, 0x110CD, 0x110CD, 0x13430, 0x1343F, 0x1BCA0, 0x1BCA3,
        0x1D173, 0x1D17A, 0xE0000, 0xE0FFF,
    };

    private UnicodeText() {}

    /** Whether every surrogate of {@code text} is one of a pair, so that the text has a UTF-8 form. */
    public static boolean isWellFormed(CharSequence text) {
        final int length = text.length();
        for (int i = 0; i < length; i++) {
            final char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isLowSurrogate(c) || i + 1 == length || !Character.isLowSurrogate(text.charAt(i + 1))) {
                return false;
            }
            i++;
        }
        return true;
    }

    /** Whether {@code text} is well-formed and free of U+0000, which PostgreSQL cannot store. */
    public static boolean isStorable(String text) {
        return text.indexOf('\0') < 0 && isWellFormed(text);
    }

    /** Whether a reader of {@code text} sees anything at all. */
    static boolean hasVisible(String text) {
        int i = 0;
        while (i < text.length()) {
            final int codePoint = text.codePointAt(i);
            if (!isInvisible(codePoint)) {
                return true;
            }
            i += Character.charCount(codePoint);
        }
        return false;
    }

    static boolean isInvisible(int codePoint) {
        final int index = Arrays.binarySearch(INVISIBLE, codePoint);
        return index >= 0 || (-index - 1) % 2 == 1;
    }
}
