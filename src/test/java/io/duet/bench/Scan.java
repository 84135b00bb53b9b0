package io.duet.bench;

import java.nio.charset.StandardCharsets;

/** Finds fields in the bytes of a frame without parsing it, so that the generator takes little of the machine. */
final class Scan {

    private Scan() {}

    static byte[] key(String name) {
        return ("\"" + name + "\":").getBytes(StandardCharsets.US_ASCII);
    }

    /** Where the value of the key starts, or -1. */
    static int value(byte[] bytes, int from, int to, byte[] key) {
        int last = to - key.length;
        for (int at = from; at <= last; at++) {
            int matched = 0;
            while (matched < key.length && bytes[at + matched] == key[matched]) {
                matched++;
            }
            if (matched == key.length) {
                return at + matched;
            }
        }
        return -1;
    }

    static long number(byte[] bytes, int at) {
        long number = 0;
        for (int i = at; bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = 10 * number + bytes[i] - '0';
        }
        return number;
    }
}
