package io.duet.push;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.json.JsonMapper;

/**
 * The receiving end of Web Push, as a browser has it: its key pair and authentication secret, and how it decrypts (RFC 8291,
 * section 3.4, over RFC 8188), written from the RFCs alone.
 */
public final class Receiver {
    private static final int SALT_BYTES = 16;
    private static final byte UNCOMPRESSED = 4;
    private static final byte LAST_RECORD = 2;

    private final ECKey key;
    private final byte[] authSecret;

    Receiver(ECKey key, byte[] authSecret) {
        this.key = key;
        this.authSecret = authSecret.clone();
    }

    public static Receiver fresh() {
        var secret = new byte[16];
        new SecureRandom().nextBytes(secret);
        try {
            return new Receiver(new ECKeyGenerator(Curve.P_256).generate(), secret);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What {@code JSON.stringify(subscription)} gives. */
    public String subscription(String endpoint) {
        var json = JsonMapper.shared().createObjectNode();
        json.put("endpoint", endpoint).putNull("expirationTime");
        json.putObject("keys").put("p256dh", base64(publicKey(key))).put("auth", base64(authSecret));
        return json.toString();
    }

    /** The plaintext of a body, which must be one record. */
    public String decrypt(byte[] body) {
        ByteBuffer in = ByteBuffer.wrap(body);
        byte[] salt = take(in, SALT_BYTES);
        int recordSize = in.getInt();
        byte[] senderKey = take(in, in.get() & 0xff);
        byte[] record = take(in, in.remaining());
        if (record.length > recordSize) {
            throw new IllegalArgumentException("more than one record");
        }
        try {
            return unpadded(decrypt(record, salt, senderKey));
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalArgumentException("not for this receiver", e);
        }
    }

    private byte[] decrypt(byte[] record, byte[] salt, byte[] senderKey)
            throws GeneralSecurityException, JOSEException {
        var agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(key.toECPrivateKey());
        agreement.doPhase(point(senderKey).toECPublicKey(), true);
        byte[] keyInfo = concat("WebPush: info\0".getBytes(US_ASCII), publicKey(key), senderKey);
        byte[] inputKey = expand(hmac(authSecret, agreement.generateSecret()), keyInfo, 32);
        byte[] pseudoRandomKey = hmac(salt, inputKey);
        byte[] contentKey = expand(pseudoRandomKey, "Content-Encoding: aes128gcm\0".getBytes(US_ASCII), 16);
        byte[] nonce = expand(pseudoRandomKey, "Content-Encoding: nonce\0".getBytes(US_ASCII), 12);
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(contentKey, "AES"), new GCMParameterSpec(128, nonce));
        return cipher.doFinal(record);
    }

    private static String unpadded(byte[] padded) {
        int end = padded.length - 1;
        while (padded[end] == 0) {
            end--;
        }
        if (padded[end] != LAST_RECORD) {
            throw new IllegalArgumentException("not the last record");
        }
        return new String(padded, 0, end, UTF_8);
    }

    static ECKey point(byte[] uncompressed) {
        if (uncompressed.length != 65 || uncompressed[0] != UNCOMPRESSED) {
            throw new IllegalArgumentException("no uncompressed point");
        }
        return new ECKey.Builder(
                        Curve.P_256,
                        Base64URL.encode(Arrays.copyOfRange(uncompressed, 1, 33)),
                        Base64URL.encode(Arrays.copyOfRange(uncompressed, 33, 65)))
                .build();
    }

    private static byte[] publicKey(ECKey key) {
        return concat(new byte[] {UNCOMPRESSED}, key.getX().decode(), key.getY().decode());
    }

    private static byte[] expand(byte[] key, byte[] info, int length) throws GeneralSecurityException {
        return Arrays.copyOf(hmac(key, concat(info, new byte[] {1})), length);
    }

    private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(data);
    }

    private static byte[] take(ByteBuffer in, int length) {
        var bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static byte[] concat(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        Arrays.stream(parts).forEach(all::put);
        return all.array();
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
