package io.duet.system;

import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Rest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** People of a real OpenID Connect provider use a server that has no accounts of its own. */
class OidcTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private static OidcProvider provider;
    private static TestServer server;
    private static Duet duet;

    @BeforeAll
    static void startBoth() {
        provider = OidcProvider.start();
        server = TestServer.start(Map.of(
                "duet.oidc.issuer", provider.issuer(),
                "duet.oidc.audience", "duet-api",
                "duet.oidc.roles-claim", "realm_access.roles",
                "duet.oidc.admin-role", "duet-admin",
                "duet.oidc.leeway", "PT0S",
                "duet.accounts.local", "false"));
        duet = server.duet();
    }

    @AfterAll
    static void closeBoth() {
        if (server != null) {
            server.close();
        }
        provider.close();
    }

    @AfterEach
    void theContractWasKept() {
        assertThat(server.contract().takeViolations()).isEmpty();
    }

    private static JsonNode me(String token) {
        return duet.rest().get("/api/users/me", token).expect(200);
    }

    private static UUID device(String token) {
        return UUID.fromString(text(
                duet.rest()
                        .post("/api/devices", token, Map.of("device_type", "desktop"))
                        .expect(201),
                "device_id"));
    }

    /** By the token in the upgrade's header. */
    private static DuetClient connect(String token) throws IOException {
        DuetClient client = new DuetClient(duet.chat().bearer(token).open(), server.contract()::witness);
        client.send(Map.of("action", "connect", "device_id", device(token)));
        client.expect("connected");
        client.expect("caught_up");
        return client;
    }

    @Test
    void twoOfThemTalk() throws Exception {
        String anna = provider.token("anna");
        String zoe = provider.token("zoe");
        assertThat(text(me(anna), "username")).isEqualTo("anna");
        assertThat(text(me(anna), "email")).isEqualTo("anna@corp.example");
        assertThat(text(me(zoe), "username")).isEqualTo("zoe-bronte");
        assertThat(me(anna).get("roles").toString()).isEqualTo("[\"user\"]");
        JsonNode found =
                duet.rest().get("/api/users?query=zoe", anna).expect(200).get("items");
        assertThat(found).hasSize(1);
        UUID conversation = UUID.fromString(text(
                duet.rest()
                        .post("/api/conversations", anna, Map.of("recipient_user_id", text(found.get(0), "user_id")))
                        .expect(201),
                "conversation_id"));
        // Zoë shows her token in the first frame, as a browser does
        try (DuetClient annas = connect(anna);
                DuetClient zoes = new DuetClient(duet.chat().open(), server.contract()::witness)) {
            zoes.send(Map.of("action", "connect", "device_id", device(zoe), "token", zoe));
            zoes.expect("caught_up");
            annas.say(conversation, "hello");
            assertThat(text(zoes.expect("new_message"), "content")).isEqualTo("hello");
        }
    }

    @Test
    void anAdministratorIsWhomTheProviderSays() {
        assertThat(me(provider.token("root")).get("roles").toString()).isEqualTo("[\"user\",\"admin\"]");
    }

    @Test
    void aConnectionLastsAsLongAsItsTokenUnlessItGetsAnother() throws Exception {
        String first = provider.briefToken("ben");
        try (DuetClient left = connect(first);
                DuetClient kept = connect(first)) {
            kept.send(Map.of("action", "authenticate", "token", provider.token("anna")));
            assertThat(text(kept.expect("error"), "code")).as("of another user").isEqualTo("unauthorized");
            kept.send(Map.of("action", "authenticate", "token", provider.token("ben")));
            assertThat(Instant.parse(text(kept.expect("authenticated"), "expires_at")))
                    .isAfter(Instant.now().plus(Duration.ofMinutes(50)));
            left.expectClose(4401, DEADLINE);
            duet.rest().get("/api/users/me", first).expectProblem(401, "unauthorized");
            kept.send(Map.of("action", "ping"));
            kept.expect("pong");
        }
    }

    @Test
    void whoSignsOutIsOutEverywhereAtOnce() throws Exception {
        String token = provider.token("ben");
        try (DuetClient client = connect(token)) {
            assertThat(duet.rest().get("/api/sessions", token).expect(200).get("items"))
                    .anyMatch(session -> session.get("current").asBoolean());
            duet.rest()
                    .call("POST", "/api/sessions/renewal")
                    .bearer(token)
                    .send()
                    .expectProblem(403, "unauthorized");
            assertThat(duet.rest().delete("/api/sessions", token).status()).isEqualTo(204);
            client.expectClose(4401, Duration.ofSeconds(2).plus(DuetClient.DEADLINE));
        }
        duet.rest().get("/api/users/me", token).expectProblem(401, "unauthorized");
        assertThat(text(me(provider.token("ben")), "username"))
                .as("a new sign-in")
                .isEqualTo("ben");
    }

    @Test
    void thereIsNoOtherWayIn() {
        JsonNode ways = duet.rest().get("/api/sign-in", null).expect(200);
        assertThat(ways.get("local").asBoolean()).isFalse();
        assertThat(ways.get("registration").asBoolean()).isFalse();
        assertThat(ways.get("issuers"))
                .as("without a client id the page has no way to go there")
                .isEmpty();
        duet.rest()
                .post(
                        "/api/users",
                        null,
                        Map.of("username", "eve", "email", "eve@corp.example", "password", "correct horse battery"))
                .expectProblem(403, "unauthorized");
        duet.rest()
                .post("/api/sessions", null, Map.of("username", "eve", "password", "correct horse battery"))
                .expectProblem(403, "unauthorized");
        String forged = provider.token("anna").replaceFirst("\\.[^.]+$", ".AAAA");
        duet.rest().get("/api/users/me", forged).expectProblem(401, "unauthorized");
    }

    @Test
    void aNewKeyIsFoundAtOnceAndAWithdrawnOneForgotten() throws Exception {
        String old = provider.token("anna");
        me(old);
        provider.rotate();
        String fresh = provider.token("anna");
        me(fresh);
        me(old);
        provider.rotate();
        try (DuetClient client = connect(provider.token("anna"))) {
            client.send(Map.of("action", "ping"));
            client.expect("pong");
        }
        provider.withdrawOldKeys();
        provider.rotate();
        me(provider.token("anna"));
        duet.rest().get("/api/users/me", fresh).expectProblem(401, "unauthorized");
    }

    @Test
    void goesOnWhileTheProviderIsAway() throws Exception {
        String known = provider.token("anna");
        provider.rotate();
        String ofNewKey = provider.token("anna");
        me(known);
        provider.goDown();
        try (DuetClient client = connect(known)) {
            me(known);
            Rest.Answer answer = duet.rest().get("/api/users/me", ofNewKey);
            answer.expectProblem(503, "unavailable");
            assertThat(answer.headers()).containsKey("retry-after");
            client.send(Map.of("action", "authenticate", "token", ofNewKey));
            JsonNode error = client.expect("error");
            assertThat(text(error, "code")).isEqualTo("unavailable");
            assertThat(error.get("retryable").asBoolean()).isTrue();
        } finally {
            provider.comeBack();
        }
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(
                                duet.rest().get("/api/users/me", ofNewKey).status())
                        .isEqualTo(200));
    }
}
