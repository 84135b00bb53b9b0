package io.duet.account;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.bouncycastle.crypto.CryptoServicesRegistrar.Property;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2 (RFC 9106) with certain parameters. A hash is written with all of them, so that it can be computed again:
 * {@code $argon2id$v=19$m=19456,t=2,p=1$salt$hash}, the last two in Base64 without padding. Safe for all threads; each
 * computation takes the memory of its parameters and one core.
 *
 * @param version 19 (the present one) or 16
 * @param memoryKib memory in KiB
 * @param passes over that memory
 * @param lanes of it that could be computed side by side
 * @param hashBytes length of the hash
 */
record Argon2(Kind kind, int version, int memoryKib, int passes, int lanes, int hashBytes) {

    private static final int VERSION = Argon2Parameters.ARGON2_VERSION_13;
    private static final int ONE_LANE = 1;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final Pattern FORMAT = Pattern.compile("\\$argon2(?<kind>id|i|d)\\$v=(?<version>16|19)"
            + "\\$m=(?<memory>[1-9]\\d{0,8}),t=(?<passes>[1-9]\\d{0,8}),p=(?<lanes>[1-9]\\d{0,7})"
            + "\\$(?<salt>[A-Za-z0-9+/]+)\\$(?<hash>[A-Za-z0-9+/]+)");

    static {
        // Bouncy Castle notes defaults of other algorithms for the thread that uses it first. Such a thread belongs to
        // the
        // server, and would keep the classes of this application when it has ended.
        CryptoServicesRegistrar.clearThreadProperty(Property.DSA_DEFAULT_PARAMS);
        CryptoServicesRegistrar.clearThreadProperty(Property.DH_DEFAULT_PARAMS);
    }

    /** How the memory is walked through; ID is the one for passwords. */
    enum Kind {
        D(Argon2Parameters.ARGON2_d),
        I(Argon2Parameters.ARGON2_i),
        ID(Argon2Parameters.ARGON2_id);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    /** Argon2id of today, with one lane. */
    static Argon2 id(int memoryKib, int passes) {
        return new Argon2(Kind.ID, VERSION, memoryKib, passes, ONE_LANE, HASH_BYTES);
    }

    /**
     * The parameters of a hash.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Argon2 of(String stored) {
        return of(parts(stored));
    }

    private static Argon2 of(Matcher parts) {
        return new Argon2(
                Kind.valueOf(parts.group("kind").toUpperCase(Locale.ROOT)),
                Integer.parseInt(parts.group("version")),
                Integer.parseInt(parts.group("memory")),
                Integer.parseInt(parts.group("passes")),
                Integer.parseInt(parts.group("lanes")),
                bytes(parts, "hash").length);
    }

    private static Matcher parts(String stored) {
        Matcher parts = FORMAT.matcher(stored);
        if (!parts.matches()) {
            throw new IllegalArgumentException("Not a hash by Argon2");
        }
        return parts;
    }

    private static byte[] bytes(Matcher parts, String name) {
        return Base64.getDecoder().decode(parts.group(name));
    }

    /** The hash of a password with a salt of its own. */
    String hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return String.format(
                "$argon2%s$v=%d$m=%d,t=%d,p=%d$%s$%s",
                kind.name().toLowerCase(Locale.ROOT),
                version,
                memoryKib,
                passes,
                lanes,
                base64.encodeToString(salt),
                base64.encodeToString(compute(password, salt)));
    }

    /**
     * Whether the password is the one of a hash, which may have been made with other parameters than today's.
     *
     * @throws IllegalArgumentException if it is no hash
     */
    static boolean matches(String password, String stored) {
        Matcher parts = parts(stored);
        return MessageDigest.isEqual(bytes(parts, "hash"), of(parts).compute(password, bytes(parts, "salt")));
    }

    private byte[] compute(String password, byte[] salt) {
        var generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(kind.number)
                .withVersion(version)
                .withMemoryAsKB(memoryKib)
                .withIterations(passes)
                .withParallelism(lanes)
                .withSalt(salt)
                .build());
        byte[] hash = new byte[hashBytes];
        generator.generateBytes(password.getBytes(UTF_8), hash);
        return hash;
    }
}
