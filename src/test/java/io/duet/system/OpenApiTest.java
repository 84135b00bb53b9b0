package io.duet.system;

import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Contract;
import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Rest;
import io.duet.system.client.Talk;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** {@code docs/openapi.yaml} is what the server serves, and says what the server does. */
@ExtendWith(SharedServers.class)
class OpenApiTest {

    @Test
    void serverServesTheDocument(Duet duet) {
        JsonNode written = Contract.read(Path.of("docs/openapi.yaml"));
        Rest.Answer served = duet.rest()
                .call("GET", "/openapi")
                .header("Accept", "application/json")
                .send();
        assertThat(served.status()).isEqualTo(200);
        JsonNode document = Contract.parseYaml(served.raw());
        assertThat(operations(document)).isEqualTo(operations(written)).isNotEmpty();
        assertThat(document.at("/components/schemas").propertyNames())
                .containsExactlyInAnyOrderElementsOf(
                        written.at("/components/schemas").propertyNames());
    }

    private static Set<String> operations(JsonNode document) {
        return document.get("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .filter(method -> method.getValue().has("responses"))
                        .map(method -> method.getKey() + " " + path.getKey() + " "
                                + new TreeSet<>(
                                        method.getValue().get("responses").propertyNames())))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Calls everything; {@link SharedServers} holds every answer, here as in all tests, against the document. */
    @Test
    void everyDocumentedOperationAnswersAsDocumented(TestServer server) throws Exception {
        Duet duet = server.duet();
        Talk talk = Talk.on(duet);
        Person alice = talk.alice();
        UUID device = alice.device("phone");
        UUID message;
        try (DuetClient client = alice.online()) {
            message = UUID.fromString(text(client.say(talk.conversation(), "hello"), "message_id"));
        }
        alice.get("/api/users/me").expect(200);
        duet.rest().get("/api/sign-in", null).expect(200);
        alice.get("/api/users?query=" + talk.bob().username()).expect(200);
        alice.get("/api/users/presence?user_ids=" + talk.bob().userId()).expect(200);
        alice.get("/api/devices").expect(200);
        alice.get("/api/push/key").expect(200);
        alice.get("/api/conversations").expect(200);
        alice.conversation(talk.conversation());
        alice.get("/api/conversations/" + talk.conversation() + "/messages").expect(200);
        alice.get("/api/messages/" + message + "/status").expect(200);
        duet.rest()
                .call("PATCH", "/api/devices/" + device)
                .bearer(alice.token())
                .json(Map.of("push_token", "t", "name", "n"))
                .send()
                .expect(200);
        alice.delete("/api/devices/" + device).expect(204);
        alice.signIn();
        JsonNode older = alice.get("/api/sessions").expect(200).at("/items/1");
        alice.delete("/api/sessions/" + text(older, "session_id")).expect(204);
        administrate(duet.register(SharedServers.ADMINISTRATOR), talk);
        duet.rest()
                .call("POST", "/api/sessions/renewal")
                .bearer(alice.token())
                .send()
                .expect(201);
        alice.delete("/api/sessions").expect(204);
        Set<String> called = server.contract().seen();
        assertThat(server.contract().operations())
                .filteredOn(operation -> operation.contains(" /api/"))
                .as("documented, and called with success")
                .isNotEmpty()
                .allMatch(operation -> called.stream().anyMatch(seen -> seen.startsWith(operation + " 2")));
    }

    private static void administrate(Person admin, Talk talk) {
        assertThat(admin.get("/api/admin/conversations/" + talk.conversation() + "/export")
                        .status())
                .isEqualTo(200);
        assertThat(admin.get("/api/admin/users/" + talk.alice().userId() + "/export?statuses=true")
                        .status())
                .isEqualTo(200);
        UUID hold = uuid(
                admin.post(
                                "/api/admin/legal-holds",
                                Map.of("conversation_id", talk.conversation(), "reason", "case 17"))
                        .expect(201),
                "hold_id");
        admin.get("/api/admin/legal-holds").expect(200);
        admin.delete("/api/admin/legal-holds/" + hold).expect(204);
    }

    @Test
    void healthAndMetricsAreThere(Duet duet) {
        for (String kind : new String[] {"started", "ready", "live"}) {
            JsonNode health = duet.rest().get("/health/" + kind, null).expect(200);
            assertThat(text(health, "status")).isEqualTo("UP");
        }
        Rest.Answer metrics = duet.rest().get("/metrics", null);
        assertThat(metrics.status()).isEqualTo(200);
        assertThat(metrics.raw()).contains("jvm_memory_used_bytes");
    }
}
