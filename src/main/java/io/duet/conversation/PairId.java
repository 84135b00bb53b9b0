package io.duet.conversation;

import io.duet.platform.Shards;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * The id of a pair's conversation where there are several databases: a UUID of version 8 (RFC 9562, section 5.8), the first bits of the SHA-256 of
 * both users' ids. So the pair alone says in which database the conversation is made. It must never change.
 */
final class PairId {
    private PairId() {}

    /** The same whoever of the two is named first. */
    static UUID of(UUID one, UUID other) {
        boolean ordered = Shards.ID_ORDER.compare(one, other) <= 0;
        String pair = "conversation " + (ordered ? one : other) + " " + (ordered ? other : one);
        byte[] hash = sha256(pair);
        long high = bits(hash, 0) & 0xffff_ffff_ffff_0fffL | 0x8000L;
        long low = bits(hash, Long.BYTES) & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    private static long bits(byte[] bytes, int from) {
        long bits = 0;
        for (int i = from; i < from + Long.BYTES; i++) {
            bits = bits << Byte.SIZE | bytes[i] & 0xff;
        }
        return bits;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
