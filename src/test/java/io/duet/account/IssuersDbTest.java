package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.duet.audit.Audit;
import io.duet.audit.RecordedAudit;
import io.duet.config.DuetConfig;
import io.duet.platform.RecordingEvent;
import io.duet.platform.SteppingClock;
import io.duet.platform.TestDatabase;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.Role;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Tokens of issuers: which are taken, whom they make, and what becomes of their sessions. */
class IssuersDbTest {

    private static final TestDatabase DB = TestDatabase.migrated();
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final ExecutorService WORK = Executors.newCachedThreadPool();
    private static final ScheduledExecutorService SCHEDULER = Executors.newSingleThreadScheduledExecutor();
    private static final String PASSWORD = "correct horse battery";

    private static final RSAKey CORPS_KEY = TestIssuer.rsa(2048);
    private static final RSAKey PARTNERS_KEY = TestIssuer.rsa(2048);

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final SteppingClock clock = new SteppingClock(now);
    private final RecordingEvent<SessionRevoked> revocations = new RecordingEvent<>();
    private final TestIssuer corp = new TestIssuer(CORPS_KEY);
    private final TestIssuer partner = new TestIssuer(PARTNERS_KEY);
    private Issuers issuers;
    private Accounts accounts;

    @AfterAll
    static void close() {
        DB.close();
        WORK.shutdownNow();
        SCHEDULER.shutdownNow();
    }

    @BeforeEach
    void startWithBothIssuers() {
        DB.execute("TRUNCATE users CASCADE");
        start();
        awaitReached(corp);
        awaitReached(partner);
    }

    private void start() {
        DuetConfig config = DuetConfig.defaults();
        var audit = new Audit(clock, config);
        issuers = new Issuers(
                DB.database(),
                new DuetConfig.Oidc(
                        List.of(
                                configured(corp, Optional.of("realm_access.roles")),
                                configured(partner, Optional.empty())),
                        Set.of("RS256", "ES256"),
                        Duration.ofSeconds(30),
                        Duration.ofHours(1)),
                clock,
                audit,
                WORK,
                SCHEDULER,
                Duration.ofMillis(200));
        issuers.start(null);
        accounts = new Accounts(
                DB.database(),
                config,
                clock,
                new Passwords(
                        new SimpleMeterRegistry(),
                        Argon2.id(64, 1),
                        new Passwords.Bounds(2, 64, Duration.ofSeconds(30))),
                revocations,
                issuers,
                audit,
                new Ldap(DB.database(), config, clock, audit));
    }

    private static DuetConfig.Issuer configured(TestIssuer issuer, Optional<String> rolesClaim) {
        return new DuetConfig.Issuer(
                issuer.name(),
                "Corp",
                Optional.of("duet-page"),
                Set.of("duet-api", "duet-page"),
                Set.of(),
                "openid",
                DuetConfig.PageToken.ACCESS_TOKEN,
                rolesClaim,
                "admin");
    }

    private void awaitReached(TestIssuer issuer) {
        await().atMost(DEADLINE).until(() -> known(issuer).keys().metadata().isPresent());
    }

    private Issuers.Known known(TestIssuer issuer) {
        return issuers.all().stream()
                .filter(each -> each.issuer().issuer().equals(issuer.name()))
                .findFirst()
                .orElseThrow();
    }

    @AfterEach
    void stop() {
        issuers.stop();
        corp.close();
        partner.close();
    }

    private JWTClaimsSet.Builder claims(TestIssuer issuer, String subject) {
        return new JWTClaimsSet.Builder()
                .issuer(issuer.name())
                .audience("duet-api")
                .subject(subject)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)))
                .claim("preferred_username", subject)
                .claim("email", subject + "@corp.example");
    }

    private JWTClaimsSet.Builder anna() {
        return claims(corp, "anna");
    }

    private TokenVerdict verdict(String token) {
        ready(token);
        return accounts.verify(token);
    }

    private void ready(String token) {
        try {
            accounts.ready(token).toCompletableFuture().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Caller caller(String token) {
        assertThat(verdict(token)).isInstanceOf(TokenVerdict.Valid.class);
        return ((TokenVerdict.Valid) verdict(token)).caller();
    }

    private User user(String token) {
        return accounts.byId(caller(token).userId()).orElseThrow();
    }

    private void assertRefused(String token) {
        assertThat(verdict(token)).as(token).isInstanceOf(TokenVerdict.Invalid.class);
    }

    @Test
    void whoComesForTheFirstTimeBecomesAUser() {
        String token = corp.sign(anna().build());
        Caller caller = caller(token);
        assertThat(caller.expiresAt()).isEqualTo(now.plusSeconds(330));
        assertThat(caller.roles()).containsExactly(Role.USER);
        assertThat(user(token).username()).isEqualTo("anna");
        assertThat(user(token).email()).contains("anna@corp.example");
        String later =
                corp.sign(anna().issueTime(Date.from(now.minusSeconds(5))).build());
        assertThat(caller(later).userId()).isEqualTo(caller.userId());
        assertThat(accounts.authenticate(token)).contains(caller);
    }

    @Test
    void theAuditLogHasWhoCameForTheFirstTime() {
        try (var audited = new RecordedAudit()) {
            Caller caller = caller(corp.sign(anna().build()));
            caller(corp.sign(anna().issueTime(in(now, 5)).build()));
            caller(partner.sign(claims(partner, "ben").build()));
            List<JsonNode> events = audited.events("registration");
            assertThat(events)
                    .extracting(
                            event -> event.get("username").asString(),
                            event -> event.get("method").asString(),
                            event -> event.get("issuer").asString())
                    .containsExactly(tuple("anna", "oidc", corp.name()), tuple("ben", "oidc", partner.name()));
            assertThat(events.get(0).get("user_id").asString())
                    .isEqualTo(caller.userId().toString());
        }
    }

    @Test
    void takesEllipticCurvesToo() {
        corp.publish(TestIssuer.ec());
        assertThat(caller(corp.sign(anna().build()))).isNotNull();
    }

    @Test
    void takesAnIdTokenOfThePage() {
        assertThat(caller(corp.sign(anna().audience("duet-page")
                        .claim("azp", "duet-page")
                        .claim("nonce", "n")
                        .build())))
                .isNotNull();
    }

    private static Date in(Instant now, long seconds) {
        return Date.from(now.plusSeconds(seconds));
    }

    record Wrong(String what, UnaryOperator<JWTClaimsSet.Builder> change) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Wrong> wrongClaims() {
        Instant now = Instant.now();
        return Stream.of(
                new Wrong("aud of another", c -> c.audience("another")),
                new Wrong("no aud", c -> c.audience((String) null)),
                new Wrong("issuer unknown", c -> c.issuer("https://login.example")),
                new Wrong("no iss", c -> c.issuer(null)),
                new Wrong("iss in another form", c -> c.issuer(c.build().getIssuer() + "/")),
                new Wrong("expired", c -> c.expirationTime(in(now, -40))),
                new Wrong("no exp", c -> c.expirationTime(null)),
                new Wrong("not yet", c -> c.notBeforeTime(in(now, 60))),
                new Wrong("issued in the future", c -> c.issueTime(in(now, 60))),
                new Wrong("issued before computers", c -> c.issueTime(new Date(-10_000))),
                new Wrong("no iat", c -> c.issueTime(null)),
                new Wrong("no sub", c -> c.subject(null)),
                new Wrong("blank sub", c -> c.subject(" ")),
                new Wrong("long sub", c -> c.subject("s".repeat(256))),
                new Wrong("sub that cannot be stored", c -> c.subject("a\u0000b")),
                new Wrong("bound to a key", c -> c.claim("cnf", Map.of("jkt", "x"))),
                new Wrong("logout token", c -> c.claim("events", Map.of())),
                new Wrong("refresh token", c -> c.claim("typ", "Refresh")),
                new Wrong("azp and client_id differ", c -> c.claim("azp", "a").claim("client_id", "b")),
                new Wrong("azp is no text", c -> c.claim("azp", 7)),
                new Wrong(
                        "ID token of another client", c -> c.claim("nonce", "n").claim("azp", "another")),
                new Wrong(
                        "ID token for several without azp",
                        c -> c.audience(List.of("duet-page", "another")).claim("nonce", "n")));
    }

    @ParameterizedTest
    @MethodSource("wrongClaims")
    void refusesWrongClaims(Wrong wrong) {
        assertRefused(corp.sign(wrong.change().apply(anna()).build()));
        assertThat(caller(corp.sign(anna().build()))).isNotNull();
    }

    @Test
    void allowsForClocksThatDiffer() {
        assertThat(caller(corp.sign(anna().expirationTime(in(now, -29)).build())))
                .isNotNull();
        assertThat(caller(corp.sign(
                        anna().notBeforeTime(in(now, 29)).issueTime(in(now, 29)).build())))
                .isNotNull();
        String token = corp.sign(anna().build());
        clock.advance(Duration.ofSeconds(329));
        assertThat(caller(token)).isNotNull();
        clock.advance(Duration.ofSeconds(1));
        assertRefused(token);
    }

    @Test
    void refusesWhatIsNotSigned() {
        assertRefused(new PlainJWT(anna().build()).serialize());
        String[] parts = corp.sign(anna().build()).split("\\.");
        for (String algorithm : List.of("none", "NONE", "")) {
            String header = Base64URL.encode("{\"alg\":\"" + algorithm + "\",\"kid\":\""
                            + corp.keys().get(0).getKeyID() + "\"}")
                    .toString();
            assertRefused(header + "." + parts[1] + ".");
            assertRefused(header + "." + parts[1] + "." + parts[2]);
        }
    }

    @Test
    void refusesThePublicKeyUsedAsASecret() throws Exception {
        RSAKey key = (RSAKey) corp.keys().get(0);
        for (byte[] secret : List.of(
                key.toRSAPublicKey().getEncoded(),
                key.getModulus().decode(),
                key.toPublicJWK().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
            for (JWSAlgorithm algorithm : List.of(JWSAlgorithm.HS256, JWSAlgorithm.HS512)) {
                var jwt = new SignedJWT(
                        new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), anna().build());
                jwt.sign(new MACSigner(secret));
                assertRefused(jwt.serialize());
            }
        }
    }

    @Test
    void refusesOtherKeysAndAlgorithmsAndTypes() throws Exception {
        JWK key = corp.keys().get(0);
        assertRefused(TestIssuer.sign(anna().build(), key, JWSAlgorithm.RS512, "JWT"));
        assertRefused(TestIssuer.sign(anna().build(), key, JWSAlgorithm.PS256, "JWT"));
        assertRefused(TestIssuer.sign(anna().build(), key, JWSAlgorithm.RS256, "logout+jwt"));
        assertThat(caller(TestIssuer.sign(anna().build(), key, JWSAlgorithm.RS256, null)))
                .isNotNull();

        RSAKey forged =
                new RSAKey.Builder(TestIssuer.rsa(2048)).keyID(key.getKeyID()).build();
        assertRefused(TestIssuer.sign(anna().build(), forged, JWSAlgorithm.RS256, "JWT"));
        var carriesItsKey = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID(key.getKeyID())
                        .jwk(forged.toPublicJWK())
                        .build(),
                anna().build());
        carriesItsKey.sign(new RSASSASigner(forged));
        assertRefused(carriesItsKey.serialize());
        assertRefused(TestIssuer.sign(anna().build(), partner.keys().get(0), JWSAlgorithm.RS256, "JWT"));

        String token = corp.sign(anna().build());
        assertRefused(token.substring(0, token.length() - 5) + "AAAAA");
        assertRefused(corp.sign(anna().claim("padding", "x".repeat(20_000)).build()));
    }

    @Test
    void refusesKeysThatProveNothing() {
        RSAKey weak = TestIssuer.rsa(1024);
        corp.publish(weak, TestIssuer.ec());
        assertThatThrownBy(() -> new RSASSASigner(weak)).isInstanceOf(Exception.class);
        var secret = new OctetSequenceKey.Builder(new byte[32]).keyID("secret").build();
        String token = TestIssuer.sign(anna().build(), secret, JWSAlgorithm.HS256, "JWT");
        assertRefused(token);
        assertThat(known(corp).keys().of(weak.getKeyID())).isNotEqualTo(IssuerKeys.Knowledge.KNOWN);
    }

    @Test
    void asksOnceForAKeyThatItDoesNotKnow() {
        int before = corp.asked();
        String token = TestIssuer.sign(anna().build(), TestIssuer.rsa(2048), JWSAlgorithm.RS256, "JWT");
        assertThat(accounts.verify(token)).isInstanceOf(TokenVerdict.Undecided.class);
        assertRefused(token);
        assertThat(corp.asked()).isEqualTo(before + 1);
        assertRefused(token);
        assertThat(accounts.authenticate(token)).isEmpty();
        assertThat(corp.asked()).isEqualTo(before + 1);
    }

    @Test
    void manyUnknownKeysAreLookedForTogether() {
        int before = corp.asked();
        RSAKey forged = TestIssuer.rsa(2048);
        List<String> tokens = IntStream.range(0, 50)
                .mapToObj(i -> new RSAKey.Builder(forged).keyID("key-" + i).build())
                .map(key -> TestIssuer.sign(anna().build(), key, JWSAlgorithm.RS256, "JWT"))
                .toList();
        tokens.forEach(accounts::ready);
        tokens.forEach(this::assertRefused);
        assertThat(corp.asked() - before).isBetween(1, 5);
    }

    @Test
    void followsItsIssuerToANewKey() {
        String old = corp.sign(anna().build());
        assertThat(caller(old)).isNotNull();
        RSAKey fresh = TestIssuer.rsa(2048);
        corp.publish(fresh, corp.keys().get(0));
        assertThat(caller(corp.sign(anna().build()))).isNotNull();
        assertThat(caller(old)).isNotNull();

        corp.publish(TestIssuer.ec());
        assertThat(caller(corp.sign(anna().build()))).isNotNull();
        assertRefused(old);
    }

    @Test
    void goesOnWhileItsIssuerIsAway() {
        String token = corp.sign(anna().build());
        corp.goDown();
        assertThat(caller(token)).isNotNull();
        String unknown = TestIssuer.sign(anna().build(), TestIssuer.rsa(2048), JWSAlgorithm.RS256, "JWT");
        assertThat(verdict(unknown)).isInstanceOf(TokenVerdict.Undecided.class);
        assertThatThrownBy(() -> accounts.authenticate(unknown)).isInstanceOfSatisfying(ApiException.class, refusal -> {
            assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(refusal.retryAfter()).isPresent();
        });
        assertThat(caller(corp.sign(claims(corp, "ben").build()))).isNotNull();
        corp.comeBack();
        await().atMost(DEADLINE).untilAsserted(() -> assertRefused(unknown));
    }

    @Test
    void startsWithoutItsIssuerAndFindsItLater() {
        issuers.stop();
        corp.answerWith(503);
        start();
        String token = corp.sign(anna().build());
        awaitReached(partner);
        assertThat(verdict(token)).isInstanceOf(TokenVerdict.Undecided.class);
        assertThat(caller(partner.sign(claims(partner, "ben").build()))).isNotNull();
        corp.answerWith(200);
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(caller(token)).isNotNull());
    }

    @Test
    void believesNoDocumentOfAnotherIssuer() {
        issuers.stop();
        corp.sayOfItself(partner.saysOfItself());
        start();
        awaitReached(partner);
        assertThat(verdict(corp.sign(anna().build()))).isInstanceOf(TokenVerdict.Undecided.class);
        assertThat(known(corp).keys().metadata()).isEmpty();
    }

    @Test
    void takesNoAccountOver() {
        User local = accounts.register("anna", "anna@corp.example", PASSWORD);
        User first = user(corp.sign(anna().build()));
        User second = user(partner.sign(claims(partner, "anna").build()));
        assertThat(List.of(local.userId(), first.userId(), second.userId())).doesNotHaveDuplicates();
        assertThat(first.username()).matches("anna-[0-9a-f]{8}").isNotEqualTo(second.username());
        assertThat(second.username()).matches("anna-[0-9a-f]{8}");
        assertThat(first.email()).as("an address has one account").isEmpty();
        assertThat(accounts.byId(local.userId())).contains(local);
        assertThat(accounts.signIn("anna", PASSWORD, "10.0.0.1"))
                .isEqualTo(new SignIn.Outcome.Correct(local.userId(), SignIn.Method.LOCAL));
        assertThat(accounts.signIn(first.username(), PASSWORD, "10.0.0.1")).isInstanceOf(SignIn.Outcome.Wrong.class);
    }

    @Test
    void somebodyWithoutANameGetsOne() {
        User nameless = user(corp.sign(anna().subject("42")
                .claim("preferred_username", null)
                .claim("email", null)
                .build()));
        assertThat(nameless.username()).matches("user-[0-9a-f]{8}");
        assertThat(nameless.email()).isEmpty();
        User unverified = user(
                corp.sign(claims(corp, "eve").claim("email_verified", false).build()));
        assertThat(unverified.email()).isEmpty();
    }

    @Test
    void claimsThatChangeChangeTheUser() {
        UUID id = user(corp.sign(anna().build())).userId();
        accounts.register("taken", "taken@corp.example", PASSWORD);
        record Step(JWTClaimsSet.Builder claims, String username, String email) {}
        List<Step> steps = List.of(
                new Step(
                        anna().claim("preferred_username", "anna.berg").claim("email", "Berg@corp.example"),
                        "anna.berg",
                        "berg@corp.example"),
                new Step(
                        anna().claim("preferred_username", null).claim("email", null),
                        "anna.berg",
                        "berg@corp.example"),
                new Step(
                        anna().claim("preferred_username", 7).claim("email", "nonsense"),
                        "anna.berg",
                        "berg@corp.example"),
                new Step(
                        anna().claim("preferred_username", "taken").claim("email", "taken@corp.example"),
                        "taken-",
                        null),
                new Step(anna(), "anna", "anna@corp.example"));
        for (Step step : steps) {
            User user = user(
                    corp.sign(step.claims().jwtID(UUID.randomUUID().toString()).build()));
            assertThat(user.userId()).isEqualTo(id);
            assertThat(user.username()).startsWith(step.username());
            assertThat(user.email()).isEqualTo(Optional.ofNullable(step.email()));
        }
    }

    @Test
    void whoComesManyTimesAtOnceIsOneUser() throws Exception {
        int times = 8;
        var barrier = new CyclicBarrier(times);
        List<Callable<Caller>> arrivals = IntStream.range(0, times)
                .mapToObj(i -> corp.sign(
                        anna().claim("sid", "one").issueTime(in(now, i - times)).build()))
                .map(token -> (Callable<Caller>) () -> {
                    barrier.await();
                    return caller(token);
                })
                .toList();
        List<Caller> callers = new ArrayList<>();
        for (Future<Caller> arrived : WORK.invokeAll(arrivals)) {
            callers.add(arrived.get());
        }
        assertThat(callers)
                .extracting(Caller::userId)
                .containsOnly(callers.get(0).userId());
        assertThat(callers)
                .extracting(Caller::sessionId)
                .containsOnly(callers.get(0).sessionId());
        assertThat(accounts.startingWith("anna", "", 10)).hasSize(1);
    }

    @Test
    void tokensOfOneSessionEndTogetherAndALaterSignInBeginsAnother() {
        String first = corp.sign(anna().claim("sid", "s1").build());
        String renewed = corp.sign(anna().claim("sid", "s1")
                .issueTime(in(now, 10))
                .expirationTime(in(now, 600))
                .build());
        String elsewhere = corp.sign(anna().claim("sid", "s2").build());
        Caller caller = caller(first);
        assertThat(caller(renewed).sessionId()).isEqualTo(caller.sessionId());
        assertThat(caller(elsewhere).sessionId()).isNotEqualTo(caller.sessionId());
        assertThat(accounts.sessionsOf(caller))
                .hasSize(2)
                .anySatisfy(session -> assertThat(session.expiresAt()).isEqualTo(now.plusSeconds(630)));
        assertThatThrownBy(() -> accounts.renew(caller))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(403));

        accounts.revoke(caller);
        assertThat(revocations.fired()).containsExactly(new SessionRevoked(caller.userId(), caller.sessionId()));
        assertThat(accounts.revokedAmong(Set.of(caller.sessionId()))).containsExactly(caller.sessionId());
        assertRefused(first);
        assertRefused(renewed);
        assertThat(caller(elsewhere)).isNotNull();

        String again =
                corp.sign(anna().claim("sid", "s1").issueTime(in(now, 11)).build());
        assertThat(caller(again).sessionId()).isNotEqualTo(caller.sessionId());
        assertRefused(renewed);
    }

    @Test
    void aTokenWithoutASessionIsOneOfItsOwn() {
        String first = corp.sign(anna().build());
        String second = corp.sign(anna().jwtID("second").build());
        assertThat(caller(first).sessionId()).isNotEqualTo(caller(second).sessionId());
        accounts.revoke(caller(first));
        assertRefused(first);
        assertThat(caller(second)).isNotNull();

        clock.advance(Duration.ofMinutes(10));
        assertThat(caller(corp.sign(anna().expirationTime(in(now, 900)).build())))
                .isNotNull();
        assertThat(count("SELECT count(*) FROM sessions"))
                .as("what is over is cleared away")
                .isEqualTo(1);
    }

    private static long count(String sql) {
        return DB.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    @Test
    void anAdministratorIsWhomTheConfiguredClaimSays() {
        Object roles = Map.of("roles", List.of("user", "admin"));
        assertThat(caller(corp.sign(anna().claim("realm_access", roles).build()))
                        .requireAdmin())
                .isNotNull();
        assertThat(caller(corp.sign(anna().claim("realm_access.roles", "admin").build()))
                        .roles())
                .contains(Role.ADMIN);
        for (Object other : Arrays.asList(
                Map.of("roles", List.of("admins")), Map.of("roles", 7), "admin", List.of("admin"), null)) {
            assertThat(caller(corp.sign(anna().claim("realm_access", other).build()))
                            .roles())
                    .containsExactly(Role.USER);
        }
        assertThat(caller(partner.sign(claims(partner, "ben")
                                .claim("realm_access", roles)
                                .build()))
                        .roles())
                .as("another issuer is not asked for roles")
                .containsExactly(Role.USER);
    }

    @Test
    void judgesSeveralAtOnceBesideItsOwn() {
        User ben = accounts.register("ben", "ben@example.org", PASSWORD);
        String own = accounts.openSession(ben.userId()).token().token();
        String issued = corp.sign(anna().build());
        String bad = corp.sign(anna().audience("another").build());
        Map<String, TokenVerdict> verdicts = accounts.verify(List.of(own, issued, bad, "nonsense"));
        assertThat(verdicts.get(own)).isInstanceOf(TokenVerdict.Valid.class);
        assertThat(verdicts.get(issued)).isInstanceOf(TokenVerdict.Valid.class);
        assertThat(verdicts.get(bad)).isInstanceOf(TokenVerdict.Invalid.class);
        assertThat(verdicts.get("nonsense")).isInstanceOf(TokenVerdict.Invalid.class);
    }

    @Test
    void thePageMayAskTheIssuersThatItIsOffered() {
        assertThat(issuers.origins()).containsExactlyInAnyOrder(corp.name(), partner.name());
    }
}
