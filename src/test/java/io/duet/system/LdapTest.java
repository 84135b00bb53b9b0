package io.duet.system;

import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.Person;
import io.duet.system.client.Rest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** People of a real directory: OpenLDAP, encrypted by StartTLS; and what the audit log tells of them. */
class LdapTest {

    private static final String PASSWORD = "Tr0ub4dor & 3, sagte er: \"äöü\"";
    private static final Duration CHECK = Duration.ofSeconds(2);
    private static final Duration SIGNED_OUT_WITHIN = CHECK.plus(DuetClient.DEADLINE);

    @TempDir
    private static Path directory;

    private static OpenLdap ldap;
    private static TestServer server;
    private static Duet duet;

    @BeforeAll
    static void start() throws Exception {
        ldap = new OpenLdap(directory);
        Map<String, String> settings = new HashMap<>(ldap.settings());
        settings.put("duet.ldap.check-interval", CHECK.toString());
        settings.put("duet.proxy.trusted", "127.0.0.1");
        settings.put("duet.log.format", "JSON");
        server = TestServer.start(settings);
        duet = server.duet();
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        ldap.close();
    }

    @AfterEach
    void everythingWasAsTheContractSays() {
        assertThat(server.contract().takeViolations()).isEmpty();
    }

    private static Rest.Answer signIn(String username, String password) {
        return duet.rest().post("/api/sessions", null, Map.of("username", username, "password", password));
    }

    /** What stands in the audit log about one source, oldest first. */
    private static List<JsonNode> audited(String source) {
        return server.log()
                .lines()
                .filter(line -> line.startsWith("{"))
                .map(Json::parse)
                .filter(entry -> entry.path("loggerName").asString("").equals("io.duet.audit")
                        || entry.path("module").asString("").equals("io.duet.audit"))
                .map(entry -> Json.parse(text(entry, "message")))
                .filter(event -> event.path("source").asString("").equals(source))
                .toList();
    }

    @Test
    void letsInWhoKnowsThePasswordAndKeepsTheAccountWhateverTheNameIs() throws Exception {
        ldap.add("anna", PASSWORD);
        for (String wrong : List.of("wrong", "", "*")) {
            signIn("anna", wrong).expectProblem(401, "unauthorized");
        }
        for (String nobody : List.of("ann*", "nobody", "anna)(uid=*")) {
            signIn(nobody, PASSWORD).expectProblem(401, "unauthorized");
        }
        Person anna = duet.signIn("anna", PASSWORD);
        JsonNode before = anna.get("/api/users/me").expect(200);
        assertThat(text(before, "username")).isEqualTo("anna");
        assertThat(text(before, "email")).isEqualTo("anna@example.org");

        ldap.rename("anna", "anna.schmidt");
        ldap.change("anna.schmidt", "mail", "schmidt@example.org");
        JsonNode after =
                duet.signIn("Anna.Schmidt", PASSWORD).get("/api/users/me").expect(200);
        assertThat(uuid(after, "user_id")).isEqualTo(anna.userId());
        assertThat(text(after, "username")).isEqualTo("anna.schmidt");
        assertThat(text(after, "email")).isEqualTo("schmidt@example.org");
        signIn("anna", PASSWORD).expectProblem(401, "unauthorized");
    }

    @Test
    void signsOutWhoIsLockedOrRemovedThere() throws Exception {
        ldap.add("ben", PASSWORD);
        ldap.add("carl", PASSWORD);
        ldap.add("dora", PASSWORD);
        Person ben = duet.signIn("ben", PASSWORD);
        Person carl = duet.signIn("carl", PASSWORD);
        Person dora = duet.signIn("dora", PASSWORD);
        Person local = duet.register();
        try (DuetClient locked = ben.online();
                DuetClient removed = carl.online();
                DuetClient stays = dora.online();
                DuetClient staysToo = local.online()) {
            ldap.lock("ben");
            ldap.remove("carl");
            locked.expectClose(4401, SIGNED_OUT_WITHIN);
            removed.expectClose(4401, SIGNED_OUT_WITHIN);
            ben.get("/api/users/me").expectProblem(401, "unauthorized");
            carl.get("/api/users/me").expectProblem(401, "unauthorized");
            signIn("ben", PASSWORD).expectProblem(401, "unauthorized");
            signIn("carl", PASSWORD).expectProblem(401, "unauthorized");
            stays.ping();
            staysToo.ping();
            dora.get("/api/users/me").expect(200);
        }
    }

    @Test
    void withoutTheDirectoryNobodyComesInByItAndEverybodyStays() throws Exception {
        ldap.add("emil", PASSWORD);
        Person emil = duet.signIn("emil", PASSWORD);
        Person local = duet.register();
        try (DuetClient stays = emil.online()) {
            ldap.stop();
            Rest.Answer answer = signIn("emil", PASSWORD);
            answer.expectProblem(503, "unavailable");
            assertThat(answer.headers()).containsKey("retry-after");
            await().atMost(DuetClient.DEADLINE)
                    .until(() -> server.log().contains("The directory cannot be asked who is still there"));
            stays.ping();
            emil.get("/api/users/me").expect(200);
            local.signIn();
            assertThat(server.isReady()).isTrue();

            ldap.start();
            emil.signIn();
            stays.ping();
        } finally {
            ldap.stop();
            ldap.start();
        }
    }

    @Test
    void theAuditLogTellsWhoDidWhatFromWhereAndNoSecret() throws Exception {
        ldap.add("frida", PASSWORD);
        String source = "203.0.113.9";
        Rest rest = duet.rest();
        Map<String, String> right = Map.of("username", "frida", "password", PASSWORD);
        JsonNode granted = from(rest.call("POST", "/api/sessions"), source)
                .json(right)
                .send()
                .expect(201);
        String token = text(granted, "access_token");
        from(rest.call("POST", "/api/sessions"), source)
                .json(Map.of("username", "frida", "password", "a-wrong-password"))
                .send()
                .expectProblem(401, "unauthorized");
        from(rest.call("POST", "/api/sessions"), source)
                .json(Map.of("username", "a-password-as-name", "password", "a-wrong-password"))
                .send()
                .expectProblem(401, "unauthorized");
        String device = text(
                rest.post("/api/devices", token, Map.of("device_type", "web")).expect(201), "device_id");
        from(rest.call("DELETE", "/api/devices/" + device), source)
                .bearer(token)
                .send()
                .expect(204);
        from(rest.call("DELETE", "/api/sessions"), source).bearer(token).send().expect(204);

        await().atMost(DuetClient.DEADLINE).until(() -> audited(source).size() >= 6);
        List<JsonNode> events = audited(source);
        assertThat(events)
                .extracting(event -> text(event, "event") + " " + text(event, "outcome"))
                .containsExactly(
                        "registration ok",
                        "sign_in ok",
                        "sign_in failed",
                        "sign_in failed",
                        "device_removed ok",
                        "sign_out ok");
        JsonNode in = events.get(1);
        assertThat(text(in, "user_id")).isEqualTo(text(granted, "user_id"));
        assertThat(text(in, "method")).isEqualTo("ldap");
        assertThat(text(in, "session_id")).isEqualTo(text(events.get(5), "session_id"));
        assertThat(text(events.get(2), "reason")).isEqualTo("wrong_password");
        assertThat(text(events.get(4), "device_id")).isEqualTo(device);
        assertThat(server.log())
                .doesNotContain(
                        token, "Tr0ub4dor", "a-wrong-password", "a-password-as-name", "password of the service");
    }

    /** Two ways in which a client may lie about its address: a proxy's header further left, and headers of a former web server plug-in. */
    private static Rest.Call from(Rest.Call call, String source) {
        return call.header("X-Forwarded-For", "198.51.100.1, " + source)
                .header("$WSRA", "198.51.100.2")
                .header("$WSRH", "198.51.100.2");
    }
}
