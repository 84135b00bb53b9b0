package io.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UnicodeTextTest {

    /** DerivedCoreProperties.txt, Default_Ignorable_Code_Point, Unicode 16.0, as published there. */
    private static final int[][] DEFAULT_IGNORABLE = {
        {0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180D},
        {0x180E, 0x180E}, {0x180F, 0x180F}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064}, {0x2065, 0x2065},
        {0x2066, 0x206F}, {0x3164, 0x3164}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8},
        {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
    };

    private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}");

    private static boolean isDefaultIgnorable(int codePoint) {
        for (final int[] range : DEFAULT_IGNORABLE) {
            if (codePoint >= range[0] && codePoint <= range[1]) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWhiteSpace(int codePoint) {
        return WHITE_SPACE.matcher(Character.toString(codePoint)).matches();
    }

    @Test
    void tableHoldsExactlyWhatTheContractNames() {
        final List<Integer> unexpected = IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(codePoint ->
                        Character.getType(codePoint) != Character.UNASSIGNED || isDefaultIgnorable(codePoint))
                .filter(codePoint -> UnicodeText.isInvisible(codePoint)
                        != (isDefaultIgnorable(codePoint)
                                || isWhiteSpace(codePoint)
                                || Character.getType(codePoint) == Character.FORMAT
                                || codePoint == 0x2800))
                .boxed()
                .toList();
        assertThat(unexpected).isEmpty();
    }

    @Test
    void knowsFormatCharactersThatTheJavaReleaseMayNot() {
        assertThat(IntStream.of(0x0890, 0x0891, 0x13439, 0x1343F)).allMatch(UnicodeText::isInvisible);
    }

    @Test
    void whatIsUnassignedElsewhereIsVisible() {
        assertThat(IntStream.of(0x0378, 0xE1000, 0x10FFFF, 0x0000, 0x0001, 0x007F, 0xFFFC, 0xFFFD))
                .noneMatch(UnicodeText::isInvisible);
    }

    @Test
    void wellFormedMeansPairs() {
        assertThat(List.of("", "a", "\uD83D\uDE00", "a\uD83D\uDE00b", "\uFFFF")).allMatch(UnicodeText::isWellFormed);
        assertThat(List.of("\uD83D", "\uDE00", "\uDE00\uD83D", "a\uD83D", "\uD83D\uD83D\uDE00", "\uD83D\uDE00\uDE00"))
                .noneMatch(UnicodeText::isWellFormed);
    }

    @Test
    void storableMeansWellFormedWithoutNul() {
        assertThat(UnicodeText.isStorable("a\uD83D\uDE00\u0001")).isTrue();
        assertThat(UnicodeText.isStorable("a\0")).isFalse();
        assertThat(UnicodeText.isStorable("a\uD83D")).isFalse();
    }
}
