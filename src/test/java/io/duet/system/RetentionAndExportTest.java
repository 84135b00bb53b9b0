package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.Person;
import io.duet.system.client.Rest;
import io.duet.system.client.Talk;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Messages that are removed because of their age, those that a legal hold keeps, and downloads of all that is there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RetentionAndExportTest {
    private static final int MANY = 10_500;
    private static final int OUTSTANDING = 60;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private TestServer server;
    private Person admin;

    @BeforeAll
    void start() {
        server = TestServer.start(Map.of(
                "duet.rate-limit.enabled", "false",
                "duet.retention.age", "P30D",
                "duet.retention.interval", "PT1S",
                "duet.admins", "auditor"));
        admin = server.duet().register("auditor");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @AfterEach
    void keptTheContract() {
        assertThat(server.contract().takeViolations()).isEmpty();
    }

    @Test
    void aDownloadThatWasCutGoesOnAndAllIsThere() throws Exception {
        Talk talk = Talk.on(server.duet());
        try (DuetClient alice = talk.alice().online()) {
            for (int i = 1; i <= MANY; i++) {
                alice.sendMessage(talk.conversation(), "text " + i, "id-" + i);
                if (i > OUTSTANDING) {
                    alice.expect("sent");
                }
            }
            alice.expect("sent", OUTSTANDING);
        }
        String path = "/api/admin/conversations/" + talk.conversation() + "/export?after_sequence=";

        List<JsonNode> first = linesOf(path + 0, MANY / 2);
        long last = number(first.get(first.size() - 1), "sequence_number");
        assertThat(last).isBetween((long) MANY / 3, (long) MANY - 1);
        List<JsonNode> rest = linesOf(path + last, Integer.MAX_VALUE);

        List<JsonNode> messages = messages(first);
        messages.addAll(messages(rest));
        assertThat(messages).extracting(line -> number(line, "sequence_number")).isEqualTo(upTo(1, MANY));
        assertThat(messages).allSatisfy(line -> {
            assertThat(text(line, "content")).isEqualTo("text " + number(line, "sequence_number"));
            assertThat(text(line, "sender_id")).isEqualTo(talk.alice().userId().toString());
        });
        JsonNode end = rest.get(rest.size() - 2);
        assertThat(number(end, "last_sequence")).isEqualTo(MANY);
        assertThat(number(end, "messages")).isEqualTo(MANY - last);
        assertThat(end.get("complete").asBoolean()).isTrue();
        assertThat(text(rest.get(rest.size() - 1), "line")).isEqualTo("end");
        assertThat(server.log()).contains("conversation_exported").contains("\"phase\":\"ended\"");
    }

    @Test
    void theExportOfAUserGoesOnBehindTheLastWholeLine() throws Exception {
        Person anna = server.duet().register();
        int conversations = 12;
        int each = 40;
        try (DuetClient client = anna.online()) {
            for (int i = 0; i < conversations; i++) {
                UUID conversation = anna.conversationWith(server.duet().register());
                for (int j = 0; j < each; j++) {
                    client.say(conversation, "text " + j);
                }
            }
        }
        String path = "/api/admin/users/" + anna.userId() + "/export";

        List<JsonNode> whole = linesOf(path, Integer.MAX_VALUE);
        assertThat(messages(whole)).hasSize(conversations * each);
        JsonNode end = whole.get(whole.size() - 1);
        assertThat(number(end, "conversations")).isEqualTo(conversations);
        assertThat(number(end, "messages")).isEqualTo(conversations * each);

        List<JsonNode> joined = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        boolean ended = false;
        while (!ended) {
            List<JsonNode> part =
                    linesOf(path + cursor.map(known -> "?cursor=" + known).orElse(""), 137);
            joined.addAll(messages(part));
            cursor = part.stream()
                    .filter(line -> line.has("cursor"))
                    .reduce((before, after) -> after)
                    .map(line -> text(line, "cursor"))
                    .or(Optional::empty);
            ended = text(part.get(part.size() - 1), "line").equals("end");
        }
        assertThat(joined).isEqualTo(messages(whole));
    }

    @Test
    void onlyAdministratorsMayAndWhatTheyAskForMustBeThere() throws Exception {
        Talk talk = Talk.on(server.duet());
        try (DuetClient alice = talk.alice().online()) {
            talk.bob().device("phone");
            alice.say(talk.conversation(), "hello");
        }
        String conversation = "/api/admin/conversations/" + talk.conversation() + "/export";
        String user = "/api/admin/users/" + talk.bob().userId() + "/export";

        for (String path : List.of(conversation, user, "/api/admin/legal-holds")) {
            talk.alice().get(path).expectProblem(403, "unauthorized");
            server.duet().rest().get(path, null).expectProblem(401, "unauthorized");
        }
        talk.alice()
                .post("/api/admin/legal-holds", Map.of("user_id", talk.bob().userId(), "reason", "x"))
                .expectProblem(403, "unauthorized");
        admin.get("/api/admin/conversations/" + UUID.randomUUID() + "/export").expectProblem(404, "not_found");
        admin.get("/api/admin/users/" + UUID.randomUUID() + "/export").expectProblem(404, "not_found");
        admin.get(conversation + "?after_sequence=-1").expectProblem(400, "bad_request");
        admin.get(conversation + "?statuses=yes").expectProblem(400, "bad_request");
        admin.get(user + "?cursor=x").expectProblem(400, "bad_request");
        admin.delete("/api/admin/legal-holds/" + UUID.randomUUID()).expectProblem(404, "not_found");
        for (Map<String, ?> wrong : List.of(
                Map.of("reason", "x"),
                Map.of("reason", " ", "user_id", talk.bob().userId()),
                Map.of("reason", "x".repeat(501), "user_id", talk.bob().userId()),
                Map.of("user_id", talk.bob().userId()),
                Map.of("reason", "x", "user_id", talk.bob().userId(), "conversation_id", talk.conversation()))) {
            admin.post("/api/admin/legal-holds", wrong).expectProblem(400, "bad_request");
        }
        admin.post("/api/admin/legal-holds", Map.of("reason", "x", "user_id", UUID.randomUUID()))
                .expectProblem(404, "not_found");

        Rest.Answer answer = admin.get(conversation + "?statuses=true");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().get("content-type")).startsWith("application/jsonl");
        assertThat(answer.raw().lines()).hasSize(4);
        assertThat(admin.get(user).raw().lines()).hasSize(4);
    }

    @Test
    void whatIsTooOldGoesAndTheRestIsAsBefore() throws Exception {
        Talk talk = Talk.on(server.duet());
        UUID conversation = talk.conversation();
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            JsonNode first = say(alice, conversation, 1);
            for (int i = 2; i <= 30; i++) {
                say(alice, conversation, i);
            }
            bob.expect("new_message", 30);
            bob.ackUpTo(conversation, 10);
            bob.read(conversation, 5);
            alice.expect("read");
            age(conversation, 20);
            awaitBeginningOf(talk, 21);

            assertThat(number(talk.bob().conversation(conversation), "unread_count"))
                    .isEqualTo(10);
            assertThat(number(talk.bob().conversation(conversation), "my_last_read_sequence"))
                    .isEqualTo(5);
            assertThat(page(talk, "before_sequence=21")).isEmpty();
            assertThat(page(talk, "after_sequence=3&limit=2")).containsExactly(21L, 22L);

            alice.sendMessage(conversation, "text 1", "id-1");
            JsonNode again = alice.expect("sent");
            assertThat(again.get("duplicate").asBoolean()).isTrue();
            for (String field : List.of("message_id", "sequence_number")) { // the test has changed the time
                assertThat(again.get(field)).isEqualTo(first.get(field));
            }
            alice.sendMessage(conversation, "other", "id-1");
            alice.expectError("client_message_id_conflict");
            talk.alice()
                    .get("/api/messages/" + text(first, "message_id") + "/status")
                    .expectProblem(404, "not_found");

            bob.sync(conversation, 5, 3);
            assertThat(bob.expect("new_message", 3))
                    .extracting(message -> number(message, "sequence_number"))
                    .containsExactly(21L, 22L, 23L);
            assertThat(number(bob.expect("synced"), "up_to_sequence")).isEqualTo(23);
            bob.ackUpTo(conversation, 15);
            bob.read(conversation, 12);
            alice.expect("read");
            assertThat(number(talk.bob().conversation(conversation), "unread_count"))
                    .isEqualTo(10);
            assertThat(say(alice, conversation, 31).get("sequence_number").asLong())
                    .isEqualTo(31);
            assertThat(number(bob.expect("new_message"), "sequence_number")).isEqualTo(31);
        }
        try (DuetClient away = talk.bob().open(phone, Map.of(conversation, 3L))) {
            away.expect("connected");
            assertThat(away.expect("new_message", 11))
                    .extracting(message -> number(message, "sequence_number"))
                    .isEqualTo(upTo(21, 31));
            away.expect("caught_up");
        }
        age(conversation, 31);
        awaitBeginningOf(talk, 32);
        JsonNode empty = talk.alice().conversation(conversation);
        assertThat(empty.get("last_message").isNull()).isTrue();
        assertThat(number(empty, "last_sequence")).isEqualTo(31);
        assertThat(number(talk.bob().conversation(conversation), "unread_count"))
                .isZero();
        assertThat(server.log()).contains("messages_removed");
    }

    @Test
    void aLegalHoldKeepsWhatIsTooOld() throws Exception {
        Talk held = Talk.on(server.duet());
        Talk free = Talk.on(server.duet());
        JsonNode hold = admin.post(
                        "/api/admin/legal-holds", Map.of("user_id", held.bob().userId(), "reason", "case 17"))
                .expect(201);
        assertThat(admin.get("/api/admin/legal-holds?limit=1").expect(200).get("items"))
                .containsExactly(hold);
        for (Talk each : List.of(held, free)) {
            try (DuetClient alice = each.alice().online()) {
                say(alice, each.conversation(), 1);
            }
            age(each.conversation(), 1);
        }

        awaitBeginningOf(free, 2);
        assertThat(page(held, "after_sequence=0")).containsExactly(1L);
        admin.delete("/api/admin/legal-holds/" + text(hold, "hold_id")).expect(204);
        awaitBeginningOf(held, 2);
    }

    private static JsonNode say(DuetClient client, UUID conversation, int i) throws IOException {
        client.sendMessage(conversation, "text " + i, "id-" + i);
        return client.expect("sent");
    }

    /** As if they had been written long ago. */
    private void age(UUID conversation, long upTo) throws SQLException {
        try (var connection = DriverManager.getConnection(server.databaseUrl());
                var update =
                        connection.prepareStatement("UPDATE messages SET created_at = created_at - interval '31 days'"
                                + " WHERE conversation_id = ? AND sequence_number <= ?"
                                + " AND created_at > now() - interval '1 day'")) {
            update.setObject(1, conversation);
            update.setLong(2, upTo);
            assertThat(update.executeUpdate()).isPositive();
        }
    }

    private static void awaitBeginningOf(Talk talk, long sequence) {
        Awaitility.await("the history begins with " + sequence)
                .atMost(Duration.ofSeconds(60))
                .until(() -> page(talk, "after_sequence=0&limit=1").stream().allMatch(first -> first == sequence));
    }

    private static List<Long> page(Talk talk, String query) {
        JsonNode page = talk.alice()
                .get("/api/conversations/" + talk.conversation() + "/messages?" + query)
                .expect(200);
        return page.get("items").values().stream()
                .map(item -> number(item, "sequence_number"))
                .toList();
    }

    /** Reads at least so many lines, then drops the connection in the middle of whatever is under way. */
    private List<JsonNode> linesOf(String path, int enough) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(server.http(path))
                .header("Authorization", "Bearer " + admin.token())
                .timeout(Duration.ofSeconds(60))
                .build();
        HttpResponse<java.io.InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        List<JsonNode> lines = new ArrayList<>();
        try (var reader = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null && lines.size() < enough; line = reader.readLine()) {
                lines.add(Json.parse(line));
            }
        }
        return lines;
    }

    private static List<JsonNode> messages(List<JsonNode> lines) {
        return new ArrayList<>(lines.stream()
                .filter(line -> text(line, "line").equals("message"))
                .toList());
    }

    private static List<Long> upTo(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }
}
