package io.duet.account;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.factories.DefaultJWSSignerFactory;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.duet.audit.Audit;
import io.duet.config.DuetConfig;
import io.duet.platform.FreePorts;
import io.duet.platform.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Publishes keys over HTTP as an issuer does, and signs whatever it is told to, right or wrong. Each test changes what it
 * publishes as it likes.
 */
final class TestIssuer implements AutoCloseable {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger asked = new AtomicInteger();
    private HttpServer server;
    private final int port;
    private volatile List<JWK> keys;
    private volatile String document;
    private volatile int status = 200;

    TestIssuer(JWK key) {
        keys = List.of(key);
        port = listen(FreePorts.one());
        document = """
                {"issuer": "%s", "jwks_uri": "%s/keys", "token_endpoint": "%s/token"}
                """.formatted(name(), name(), name());
    }

    /** No issuer at all. */
    static Issuers none(TestDatabase database) {
        return new Issuers(
                database.database(),
                DuetConfig.defaults(),
                Clock.systemUTC(),
                new Audit(Clock.systemUTC(), DuetConfig.defaults()),
                ForkJoinPool.commonPool(),
                Executors.newSingleThreadScheduledExecutor());
    }

    static RSAKey rsa(int bits) {
        try {
            return new RSAKeyGenerator(bits, bits < 2048)
                    .keyID(UUID.randomUUID().toString())
                    .generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    static JWK ec() {
        try {
            return new ECKeyGenerator(Curve.P_256)
                    .keyID(UUID.randomUUID().toString())
                    .generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private int listen(int wanted) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/.well-known/openid-configuration", exchange -> answer(exchange, document));
        server.createContext("/keys", exchange -> {
            asked.incrementAndGet();
            answer(exchange, new JWKSet(keys).toPublicJWKSet().toString());
        });
        server.start();
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    String name() {
        return "http://127.0.0.1:" + port;
    }

    /** How often its keys were fetched. */
    int asked() {
        return asked.get();
    }

    List<JWK> keys() {
        return keys;
    }

    void publish(JWK... published) {
        keys = List.of(published);
    }

    void sayOfItself(String said) {
        document = said;
    }

    String saysOfItself() {
        return document;
    }

    void answerWith(int code) {
        status = code;
    }

    void goDown() {
        server.stop(0);
    }

    void comeBack() {
        listen(port);
    }

    String sign(JWTClaimsSet claims) {
        JWK key = keys.get(0);
        return sign(claims, key, key instanceof RSAKey ? JWSAlgorithm.RS256 : JWSAlgorithm.ES256, "at+jwt");
    }

    static String sign(JWTClaimsSet claims, JWK key, JWSAlgorithm algorithm, String type) {
        try {
            var header = new JWSHeader.Builder(algorithm)
                    .keyID(key.getKeyID())
                    .type(type == null ? null : new JOSEObjectType(type))
                    .build();
            JWSSigner signer = new DefaultJWSSignerFactory().createJWSSigner(key, algorithm);
            var jwt = new SignedJWT(header, claims);
            jwt.sign(signer);
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
