package io.duet.account;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes usernames that fit (3–50 of a–z 0–9 . _ -) of what an issuer calls somebody. The same claim always gives the same
 * names. What stands before an {@code @} counts; letters lose their accents; everything else becomes a hyphen.
 */
final class ClaimedUsername {

    private static final int LEAST = 3;
    private static final int MOST = 50;
    private static final int[] SUFFIX_LENGTHS = {8, 16, 32};
    private static final Pattern MARKS = Pattern.compile("\\p{M}+");
    private static final Pattern OTHERS = Pattern.compile("[^a-z0-9._-]+");
    private static final Pattern EDGES = Pattern.compile("^-+|-+$");
    /** Letters that no decomposition takes apart. */
    private static final Map<String, String> LETTERS =
            Map.of("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i");

    private ClaimedUsername() {}

    /** The claim in the form of a username; empty when too little is left of it. */
    static Optional<String> normalised(String claim) {
        int at = claim.indexOf('@');
        String name = (at > 0 ? claim.substring(0, at) : claim).toLowerCase(Locale.ROOT);
        name = MARKS.matcher(Normalizer.normalize(name, Normalizer.Form.NFKD)).replaceAll("");
        for (Map.Entry<String, String> letter : LETTERS.entrySet()) {
            name = name.replace(letter.getKey(), letter.getValue());
        }
        name = EDGES.matcher(cut(OTHERS.matcher(name).replaceAll("-"), MOST)).replaceAll("");
        return name.length() >= LEAST ? Optional.of(name) : Optional.empty();
    }

    /** The name itself if there is one, then names that also hold a digest of the identity, which nobody else comes by. */
    static List<String> candidates(Optional<String> name, String issuer, String subject) {
        List<String> candidates = new ArrayList<>(name.stream().toList());
        String digest = digest(issuer, subject);
        for (int length : SUFFIX_LENGTHS) {
            candidates.add(cut(name.orElse("user"), MOST - length - 1) + "-" + digest.substring(0, length));
        }
        return List.copyOf(candidates);
    }

    private static String cut(String text, int most) {
        return text.length() > most ? text.substring(0, most) : text;
    }

    /** SHA-256 over the parts, each after its length, so that no two lists of parts look alike; 64 hexadecimal digits. */
    static String digest(String... parts) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                sha256.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
                sha256.update(bytes);
            }
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
