package io.duet.push;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.zerodeplibs.webpush.VAPIDKeyPair;
import com.zerodeplibs.webpush.VAPIDKeyPairs;
import com.zerodeplibs.webpush.key.PrivateKeySources;
import com.zerodeplibs.webpush.key.PublicKeySources;
import io.duet.platform.Database;
import java.sql.SQLException;
import java.text.ParseException;
import java.util.Optional;

/**
 * The key pair by which push services know this installation (RFC 8292). Made by whoever needs it first and kept in the
 * database, the same for all nodes; read once per process. Any thread may call; the first call blocks on the database.
 */
final class VapidKeys {
    private final Database database;
    private volatile VAPIDKeyPair keys;

    VapidKeys(Database database) {
        this.database = database;
    }

    VAPIDKeyPair pair() {
        VAPIDKeyPair known = keys;
        if (known == null) {
            known = pair(stored().orElseGet(this::made));
            keys = known;
        }
        return known;
    }

    /** The public key as {@code PushManager.subscribe()} wants it: the uncompressed point, in URL-safe base64. */
    String publicKey() {
        return pair().extractPublicKeyInUncompressedFormAsString();
    }

    private static final String STORED = "SELECT jwk FROM push_keys";

    private Optional<String> stored() {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(STORED);
                    var row = statement.executeQuery()) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        });
    }

    private static final String MAKE = "INSERT INTO push_keys (jwk) VALUES (?) ON CONFLICT (only_one) DO NOTHING";

    /** Of several nodes that make one at the same time the first wins, and the others read it. */
    private String made() {
        String fresh = generate();
        database.query(connection -> insert(connection.prepareStatement(MAKE), fresh));
        return stored().orElseThrow();
    }

    private static int insert(java.sql.PreparedStatement insert, String jwk) throws SQLException {
        try (insert) {
            insert.setString(1, jwk);
            return insert.executeUpdate();
        }
    }

    private static String generate() {
        try {
            return new ECKeyGenerator(Curve.P_256).generate().toJSONString();
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform has the curve P-256", e);
        }
    }

    private static VAPIDKeyPair pair(String jwk) {
        try {
            ECKey key = ECKey.parse(jwk);
            return VAPIDKeyPairs.of(
                    PrivateKeySources.ofECPrivateKey(key.toECPrivateKey()),
                    PublicKeySources.ofECPublicKey(key.toECPublicKey()));
        } catch (ParseException | JOSEException e) {
            throw new IllegalStateException("the key in push_keys cannot be read");
        }
    }
}
