package io.duet.protocol;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;

/**
 * Times as they stand on the wire: RFC 3339 in UTC, always three digits of milliseconds and a {@code Z}, for example
 * {@code 2026-03-01T09:30:00.120Z}. What is finer than a millisecond is cut off, never rounded up, so that no time on the
 * wire lies after the one it was made from. Any thread.
 */
public final class Timestamps {

    private static final int SECONDS_PER_DAY = 86_400;

    private Timestamps() {}

    /**
     * {@code instant} as it stands on the wire, always 24 characters.
     *
     * @throws IllegalArgumentException outside the years 0 to 9999, which RFC 3339 cannot say
     */
    public static String format(Instant instant) {
        final long seconds = instant.getEpochSecond();
        final LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, SECONDS_PER_DAY));
        if (date.getYear() < 0 || date.getYear() > 9999) {
            throw new IllegalArgumentException("no RFC 3339 form: " + instant);
        }
        final int secondOfDay = Math.floorMod(seconds, SECONDS_PER_DAY);
        final byte[] text = new byte[24];
        digits(text, 0, 4, date.getYear());
        text[4] = '-';
        digits(text, 5, 2, date.getMonthValue());
        text[7] = '-';
        digits(text, 8, 2, date.getDayOfMonth());
        text[10] = 'T';
        digits(text, 11, 2, secondOfDay / 3600);
        text[13] = ':';
        digits(text, 14, 2, secondOfDay / 60 % 60);
        text[16] = ':';
        digits(text, 17, 2, secondOfDay % 60);
        text[19] = '.';
        digits(text, 20, 3, instant.getNano() / 1_000_000);
        text[23] = 'Z';
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static void digits(byte[] text, int offset, int count, int value) {
        int rest = value;
        for (int i = offset + count - 1; i >= offset; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
