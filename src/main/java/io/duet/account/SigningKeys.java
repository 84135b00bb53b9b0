package io.duet.account;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import io.duet.platform.Database;
import jakarta.persistence.EntityManager;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The keys of the tokens' signatures. Without a configured secret the first node that needs one makes it and keeps it in
 * the database, where all nodes find the same; the newest row signs, every row verifies. Read once per process: after a
 * change of the table by hand the nodes have to be restarted. Any thread may call; the first call blocks on the
 * database.
 */
final class SigningKeys {

    private static final String CONFIGURED = "configured";
    private static final int KEY_BITS = 256;
    private static final int LEAST_SECRET_BYTES = KEY_BITS / 8;

    private final Database database;
    private final Clock clock;
    private final Optional<String> secret;
    private volatile List<OctetSequenceKey> keys = List.of();

    /**
     * @param secret at least 32 bytes in UTF-8; its SHA-256 is the key
     * @throws IllegalArgumentException when it is shorter
     */
    SigningKeys(Database database, Clock clock, Optional<String> secret) {
        this.database = database;
        this.clock = clock;
        this.secret = secret;
        secret.ifPresent(SigningKeys::requireStrength);
    }

    private static void requireStrength(String secret) {
        if (secret.getBytes(StandardCharsets.UTF_8).length < LEAST_SECRET_BYTES) {
            throw new IllegalArgumentException("duet.tokens.secret must have at least 32 bytes");
        }
    }

    OctetSequenceKey signing() {
        return keys().get(0);
    }

    JWKSet verification() {
        return new JWKSet(List.<JWK>copyOf(keys()));
    }

    private List<OctetSequenceKey> keys() {
        return keys.isEmpty() ? load() : keys;
    }

    private synchronized List<OctetSequenceKey> load() {
        if (keys.isEmpty()) {
            keys = secret.map(value -> List.of(key(CONFIGURED, sha256(value))))
                    .orElseGet(() -> database.inTransaction(this::stored));
        }
        return keys;
    }

    /** The table lock lets one of several nodes that start together make the key; the others wait and then find it. */
    private List<OctetSequenceKey> stored(EntityManager transaction) {
        List<OctetSequenceKey> found = all(transaction);
        if (found.isEmpty()) {
            transaction
                    .createNativeQuery("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE")
                    .executeUpdate();
            found = all(transaction);
        }
        if (found.isEmpty()) {
            transaction.persist(new SigningKeyEntity(UUID.randomUUID().toString(), randomSecret(), clock.instant()));
            found = all(transaction);
        }
        return found;
    }

    private static List<OctetSequenceKey> all(EntityManager transaction) {
        return transaction
                .createQuery("select k from SigningKey k order by k.createdAt desc, k.keyId", SigningKeyEntity.class)
                .getResultStream()
                .map(row -> key(row.keyId(), row.secret()))
                .toList();
    }

    private static OctetSequenceKey key(String keyId, byte[] secret) {
        return new OctetSequenceKey.Builder(secret)
                .keyID(keyId)
                .algorithm(JWSAlgorithm.HS256)
                .keyUse(KeyUse.SIGNATURE)
                .build();
    }

    private static byte[] randomSecret() {
        try {
            return new OctetSequenceKeyGenerator(KEY_BITS).generate().toByteArray();
        } catch (JOSEException e) {
            throw new IllegalStateException("no random key can be made", e);
        }
    }

    private static byte[] sha256(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
