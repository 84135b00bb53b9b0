package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.duet.platform.SteppingClock;
import io.duet.platform.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokensDbTest {

    private static final TestDatabase DB = TestDatabase.migrated();
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.250Z");
    private static final UUID USER = UUID.fromString("00000000-0000-7000-8000-00000000000a");
    private static final UUID SESSION = UUID.fromString("00000000-0000-7000-8000-00000000000b");

    private final SteppingClock clock = new SteppingClock(NOON);
    private final SigningKeys keys = new SigningKeys(DB.database(), clock, Optional.empty());
    private final Tokens tokens = new Tokens(keys, clock);

    @AfterAll
    static void close() {
        DB.close();
    }

    @BeforeEach
    void forgetKeys() {
        DB.execute("DELETE FROM signing_keys");
    }

    private String issue() {
        return tokens.issue(USER, SESSION, NOON.plusSeconds(3600)).token();
    }

    @Test
    void readsWhatItIssued() throws Exception {
        Tokens.Issued issued = tokens.issue(USER, SESSION, NOON.plusSeconds(3600));
        assertThat(issued.expiresAt()).isEqualTo(Instant.parse("2026-03-01T13:00:00Z"));
        assertThat(tokens.read(issued.token()))
                .isEqualTo(new Tokens.Reading.Genuine(USER, SESSION, issued.expiresAt()));

        SignedJWT jwt = SignedJWT.parse(issued.token());
        assertThat(jwt.getHeader().getAlgorithm()).isEqualTo(JWSAlgorithm.HS256);
        assertThat(jwt.getHeader().getKeyID()).isEqualTo(keys.signing().getKeyID());
        assertThat(jwt.getJWTClaimsSet().getClaims().keySet())
                .containsExactlyInAnyOrder("jti", "iss", "aud", "sub", "sid", "iat", "exp");
        assertThat(jwt.getJWTClaimsSet().getIssueTime()).isEqualTo(Instant.parse("2026-03-01T12:00:00Z"));
    }

    @Test
    void twoTokensOfOneSecondDiffer() {
        assertThat(issue()).isNotEqualTo(issue());
    }

    @Test
    void expiresToTheSecondWithoutLeeway() {
        String token = issue();
        clock.advance(Duration.ofMillis(3_599_749));
        assertThat(tokens.read(token)).isInstanceOf(Tokens.Reading.Genuine.class);
        clock.advance(Duration.ofMillis(1));
        assertThat(tokens.read(token)).isEqualTo(new Tokens.Reading.Rejected("the token has expired"));
    }

    @Test
    void refusesEveryTokenWithOneCharacterChanged() {
        String token = issue();
        int signatureEnd = token.length() - 1; // the last character holds bits that Base64 ignores
        for (int i = 0; i < signatureEnd; i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            String tampered = token.substring(0, i) + other + token.substring(i + 1);
            assertThat(tokens.read(tampered)).as(tampered).isInstanceOf(Tokens.Reading.Rejected.class);
        }
    }

    @Test
    void refusesAnUnsignedToken() {
        assertRejected(new PlainJWT(claims().build()).serialize());
    }

    @Test
    void refusesAnUnsignedTokenThatCarriesASignature() {
        String[] parts = issue().split("\\.");
        for (String algorithm : List.of("none", "NONE", "None", "")) {
            String header = Base64URL.encode("{\"alg\":\"" + algorithm + "\",\"kid\":\""
                            + keys.signing().getKeyID() + "\"}")
                    .toString();
            assertRejected(header + "." + parts[1] + "." + parts[2]);
            assertRejected(header + "." + parts[1] + ".");
        }
    }

    @Test
    void refusesOtherAlgorithmsOfTheSameKey() throws Exception {
        byte[] longer = new byte[64];
        DB.execute("INSERT INTO signing_keys VALUES ('long', '\\x" + "00".repeat(64) + "', '2020-01-01')");
        for (JWSAlgorithm algorithm : List.of(JWSAlgorithm.HS384, JWSAlgorithm.HS512)) {
            var header = new JWSHeader.Builder(algorithm).keyID("long").build();
            var jwt = new SignedJWT(header, claims().build());
            jwt.sign(new MACSigner(longer));
            assertRejected(jwt.serialize());
        }
        var rsa = new RSAKeyGenerator(2048).generate();
        var jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).jwk(rsa.toPublicJWK()).build(), claims().build());
        jwt.sign(new RSASSASigner(rsa));
        assertRejected(jwt.serialize());
    }

    @Test
    void refusesAnotherKeyUnderOurName() throws Exception {
        assertRejected(sign(claims().build(), new byte[32], keys.signing().getKeyID()));
        assertRejected(sign(claims().build(), new byte[32], "unknown"));
        assertRejected(sign(claims().build(), new byte[32], null));
    }

    static Stream<JWTClaimsSet> wrongClaims() {
        return Stream.of(
                claims().issuer("another").build(),
                claims().issuer(null).build(),
                claims().audience("another").build(),
                claims().audience((String) null).build(),
                claims().subject(null).build(),
                claims().subject("alice").build(),
                claims().claim("sid", null).build(),
                claims().claim("sid", 7).build(),
                claims().issueTime(null).build(),
                claims().expirationTime(null).build(),
                claims().expirationTime(Date.from(NOON)).build(),
                claims().notBeforeTime(Date.from(NOON.plusSeconds(60))).build());
    }

    @ParameterizedTest
    @MethodSource
    void wrongClaims(JWTClaimsSet claims) throws Exception {
        byte[] ours = keys.signing().toByteArray();
        String ourId = keys.signing().getKeyID();
        assertThat(tokens.read(sign(claims().build(), ours, ourId))).isInstanceOf(Tokens.Reading.Genuine.class);
        assertRejected(sign(claims, ours, ourId));
    }

    static Stream<String> malformed() {
        String nested = "[".repeat(1500) + "]".repeat(1500);
        return Stream.of(
                "",
                ".",
                "..",
                "...",
                "a.b.c",
                "null",
                "\u0000",
                "a b c",
                "Bearer x",
                "eyJhbGciOiJIUzI1NiJ9",
                "eyJhbGciOiJIUzI1NiJ9..",
                "eyJhbGciOiJIUzI1NiJ9.e30.",
                Base64URL.encode("null") + ".e30.x",
                Base64URL.encode("{\"alg\":" + nested + "}") + ".e30.x",
                Base64URL.encode("{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}") + ".e30.x",
                Base64URL.encode("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..x.y.z",
                "\uD83D\uDE00.\uD83D\uDE00.\uD83D\uDE00",
                "x".repeat(10_000_000),
                ".".repeat(10_000));
    }

    @ParameterizedTest
    @MethodSource
    void malformed(String token) {
        assertRejected(token);
    }

    @Test
    void keepsItsKeyOverARestart() {
        String token = issue();
        var restarted = new Tokens(new SigningKeys(DB.database(), clock, Optional.empty()), clock);
        assertThat(restarted.read(token)).isInstanceOf(Tokens.Reading.Genuine.class);
    }

    @Test
    void nodesThatStartTogetherMakeOneKey() throws Exception {
        int nodes = 8;
        var barrier = new CyclicBarrier(nodes);
        var pool = Executors.newFixedThreadPool(nodes);
        try {
            List<Callable<String>> starts = IntStream.range(0, nodes)
                    .mapToObj(i -> (Callable<String>) () -> {
                        var fresh = new SigningKeys(DB.database(), clock, Optional.empty());
                        barrier.await();
                        return fresh.signing().getKeyID();
                    })
                    .toList();
            List<Future<String>> ids = pool.invokeAll(starts);
            assertThat(ids).extracting(Future::get).containsOnly(keys.signing().getKeyID());
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void theNewestKeySignsAndOlderOnesStillVerify() {
        String old = issue();
        DB.execute("INSERT INTO signing_keys VALUES ('newer', '\\x" + "01".repeat(32) + "', '2100-01-01')");
        var restarted = new SigningKeys(DB.database(), clock, Optional.empty());
        assertThat(restarted.signing().getKeyID()).isEqualTo("newer");
        assertThat(new Tokens(restarted, clock).read(old)).isInstanceOf(Tokens.Reading.Genuine.class);
    }

    @Test
    void takesAConfiguredSecretInstead() {
        var secret = Optional.of("0123456789abcdef0123456789abcdef");
        var first = new Tokens(new SigningKeys(DB.database(), clock, secret), clock);
        var second = new Tokens(new SigningKeys(DB.database(), clock, secret), clock);
        String token = first.issue(USER, SESSION, NOON.plusSeconds(60)).token();
        assertThat(second.read(token)).isInstanceOf(Tokens.Reading.Genuine.class);
        assertRejected(token);
        assertThatThrownBy(() -> new SigningKeys(DB.database(), clock, Optional.of("short")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("duet.tokens.secret")
                .hasMessageNotContaining("short");
    }

    private void assertRejected(String token) {
        assertThat(tokens.read(token)).isInstanceOf(Tokens.Reading.Rejected.class);
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer("duet")
                .audience("duet")
                .subject(USER.toString())
                .claim("sid", SESSION.toString())
                .issueTime(Date.from(NOON))
                .expirationTime(Date.from(NOON.plusSeconds(60)));
    }

    private static String sign(JWTClaimsSet claims, byte[] secret, String keyId) throws Exception {
        var header = new JWSHeader.Builder(JWSAlgorithm.HS256)
                .type(JOSEObjectType.JWT)
                .keyID(keyId)
                .build();
        var jwt = new SignedJWT(header, claims);
        jwt.sign(new MACSigner(secret));
        return jwt.serialize();
    }
}
