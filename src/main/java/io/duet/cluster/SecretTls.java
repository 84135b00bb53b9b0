package io.duet.cluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Mutual TLS for those who know a secret, and nobody else. All of them make the same key pair from it (Ed25519, RFC 8032)
 * and the same certificate (RFC 5280); each shows it and accepts no other. Whoever only hears them learns nothing that
 * helps to guess the secret faster than by trying, one PBKDF2 each.
 */
final class SecretTls {
    private static final byte[] SALT = "duet cluster traffic, version 1".getBytes(StandardCharsets.US_ASCII);
    private static final int ITERATIONS = 200_000;
    private static final int SEED_BITS = 256;
    private static final String ED25519 = "Ed25519";

    private final byte[] seed;

    SecretTls(String secret) {
        try {
            seed = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(secret.toCharArray(), SALT, ITERATIONS, SEED_BITS))
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same for the same secret, and good for nothing else. */
    String fingerprint() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(seed, "HmacSHA256"));
            byte[] hash = mac.doFinal("fingerprint".getBytes(StandardCharsets.US_ASCII));
            var hex = new StringBuilder();
            for (int i = 0; i < 16; i++) {
                hex.append(String.format("%02x", hash[i]));
            }
            return hex.toString();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    SSLContext context() {
        try {
            KeyPair pair = keyPair();
            Certificate certificate = certificate(pair);
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("node", pair.getPrivate(), new char[0], new Certificate[] {certificate});
            var keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, new char[0]);
            var context = SSLContext.getInstance("TLSv1.3");
            context.init(
                    keys.getKeyManagers(),
                    new TrustManager[] {new OnlyThis(certificate.getPublicKey().getEncoded())},
                    null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException("No TLS from a secret in this Java virtual machine", e);
        }
    }

    /** A private key of Ed25519 is 32 random bytes. */
    private KeyPair keyPair() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance(ED25519);
        generator.initialize(SEED_BITS - 1, new SecureRandom() {
            private static final long serialVersionUID = 1;

            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(seed, 0, bytes, 0, bytes.length);
            }
        });
        return generator.generateKeyPair();
    }

    /** Signed by itself: nothing in it means anything but the key. */
    private static Certificate certificate(KeyPair pair) throws Exception {
        byte[] algorithm = der(0x30, new byte[] {0x06, 0x03, 0x2b, 0x65, 0x70});
        byte[] commonName = {0x06, 0x03, 0x55, 0x04, 0x03};
        byte[] name = der(0x30, der(0x31, der(0x30, commonName, der(0x0c, ascii("duet")))));
        byte[] validity = der(0x30, der(0x17, ascii("200101000000Z")), der(0x18, ascii("99991231235959Z")));
        byte[] toSign = der(
                0x30,
                der(0xa0, new byte[] {0x02, 0x01, 0x02}),
                new byte[] {0x02, 0x01, 0x01},
                algorithm,
                name,
                validity,
                name,
                pair.getPublic().getEncoded());
        var signer = Signature.getInstance(ED25519);
        signer.initSign(pair.getPrivate());
        signer.update(toSign);
        byte[] signature = der(0x03, new byte[] {0}, signer.sign());
        return CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der(0x30, toSign, algorithm, signature)));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Tag, length and value (X.690). */
    private static byte[] der(int tag, byte[]... parts) {
        var value = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            value.writeBytes(part);
        }
        var whole = new ByteArrayOutputStream();
        whole.write(tag);
        int length = value.size();
        if (length < 0x80) {
            whole.write(length);
        } else {
            whole.write(0x82);
            whole.write(length >> 8);
            whole.write(length);
        }
        whole.writeBytes(value.toByteArray());
        return whole.toByteArray();
    }

    /** Trusts one key. That the peer has the private part of it is the handshake's to prove. */
    private static final class OnlyThis extends X509ExtendedTrustManager {
        private final byte[] publicKey;

        OnlyThis(byte[] publicKey) {
            this.publicKey = publicKey;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            if (chain.length == 0
                    || !MessageDigest.isEqual(publicKey, chain[0].getPublicKey().getEncoded())) {
                throw new CertificateException("This node has another duet.cluster.secret");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
