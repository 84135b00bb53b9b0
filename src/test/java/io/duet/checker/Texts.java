package io.duet.checker;

import java.util.Random;

/**
 * What people write: a function of the seed and the message's key, so that nobody has to remember it. Keys are made of the
 * sending device and a counter, and their {@code client_message_id} is their base-36 form after a prefix of this run.
 */
final class Texts {

    private static final String[] CURIOUS = {
        " é́̈ ",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "שלום ‏",
        "مرحبا",
        "\n\n\t",
        "𝔘𝔫𝔦",
        "\u0001\u001f",
        "\\u0000 \" \\",
        "﷽",
        "\u2028\u2029",
        "</script>",
        "零",
        "\ufeff",
        "\uffff",
        "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍",
        "  trailing  "
    };
    private static final int MOST_CODE_POINTS = 10_000;

    private final long seed;
    private final String prefix;

    Texts(long seed, String prefix) {
        this.seed = seed;
        this.prefix = prefix;
    }

    static long key(int device, int count) {
        return (long) (device + 1) << 32 | count;
    }

    static int device(long key) {
        return (int) (key >>> 32) - 1;
    }

    String clientMessageId(long key) {
        return prefix + Long.toString(key, 36);
    }

    /** −1 for an id that this run has not made. */
    long key(String clientMessageId) {
        if (!clientMessageId.startsWith(prefix)) {
            return -1;
        }
        try {
            return Long.parseLong(clientMessageId.substring(prefix.length()), 36);
        } catch (NumberFormatException notOurs) {
            return -1;
        }
    }

    String content(long key, int variant) {
        Random random = new Random(seed * 31 + key * 1_000_003 + variant);
        random.nextInt();
        int kind = random.nextInt(100);
        StringBuilder text =
                new StringBuilder("m").append(key & 0xFFFF).append('.').append(variant);
        if (kind < 70) {
            letters(random, text, 1 + random.nextInt(80));
        } else if (kind < 88) {
            for (int i = 1 + random.nextInt(12); i > 0; i--) {
                text.append(CURIOUS[random.nextInt(CURIOUS.length)]);
                letters(random, text, random.nextInt(6));
            }
        } else if (kind < 97) {
            letters(random, text, 300 + random.nextInt(2_000));
        } else if (kind < 99) {
            letters(random, text, MOST_CODE_POINTS - text.length());
        } else {
            text.append("😀".repeat(MOST_CODE_POINTS / 2 - text.length()));
        }
        return text.toString();
    }

    private static void letters(Random random, StringBuilder text, int count) {
        for (int i = 0; i < count; i++) {
            text.append((char) (random.nextInt(7) == 0 ? ' ' : 'a' + random.nextInt(26)));
        }
    }

    /** FNV-1a over the UTF-16 units. */
    static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }
}
