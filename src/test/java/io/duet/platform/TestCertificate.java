package io.duet.platform;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate that a server made for itself, by the JDK's own tool. */
public final class TestCertificate {

    private static final String PASSWORD = "changeit";

    private final Path keyStore;
    private final Path pem;
    private final Path key;

    /** @param subjectAlternativeName such as {@code ip:127.0.0.1} */
    public TestCertificate(Path directory, String name, String subjectAlternativeName) throws Exception {
        keyStore = directory.resolve(name + ".p12");
        pem = directory.resolve(name + ".pem");
        key = directory.resolve(name + ".key");
        keytool(List.of(
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "RSA",
                "-dname",
                "CN=" + name,
                "-validity",
                "2",
                "-ext",
                "san=" + subjectAlternativeName));
        keytool(List.of("-exportcert", "-rfc", "-alias", name, "-file", pem.toString()));
    }

    private void keytool(List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(options);
        command.addAll(List.of("-keystore", keyStore.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(said);
        }
    }

    /** What clients trust. */
    public Path pem() {
        return pem;
    }

    /** The private key in PEM (PKCS #8), for servers that are not written in Java. */
    public Path key() throws GeneralSecurityException, IOException {
        byte[] encoded = keys().getKey(keys().aliases().nextElement(), PASSWORD.toCharArray())
                .getEncoded();
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return Files.writeString(key, "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
    }

    /** A client that trusts this certificate and no other. */
    public SSLContext client() throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "server", keys().getCertificate(keys().aliases().nextElement()));
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private KeyStore keys() throws GeneralSecurityException, IOException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    public SSLContext server() throws GeneralSecurityException, IOException {
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys(), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }
}
