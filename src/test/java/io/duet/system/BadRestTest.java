package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Rest;
import io.duet.system.client.Talk;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad REST requests: each gets its problem, and stores nothing. */
@ExtendWith(SharedServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadRestTest {

    private static final String LONG_PASSWORD = "correct horse battery";

    private Duet duet;
    private Talk talk;
    private Talk foreign;

    @BeforeAll
    void meet(Duet shared) {
        duet = shared;
        talk = Talk.on(duet);
        foreign = Talk.on(duet);
    }

    static Stream<Arguments> badBodies() {
        return Stream.of(
                body("empty", ""),
                body("null", "null"),
                body("array", "[]"),
                body("text", "\"x\""),
                body("cut off", "{\"device_type\":\"web\""),
                body("trailing", "{\"device_type\":\"web\"} {}"),
                body("duplicate key", "{\"device_type\":\"web\",\"device_type\":\"web\"}"),
                body("wrong type", "{\"device_type\":1}"),
                body("object for text", "{\"device_type\":{}}"),
                body("missing", "{}"),
                body("null field", "{\"device_type\":null}"),
                body("unknown type", "{\"device_type\":\"fridge\"}"),
                body("type of other case", "{\"device_type\":\"WEB\"}"),
                body("byte order mark", "\uFEFF{\"device_type\":\"web\"}"),
                body("nested 60,000", "{\"device_type\":\"web\",\"x\":" + "[".repeat(60_000)),
                body("name with NUL", "{\"device_type\":\"web\",\"name\":\"a\\u0000b\"}"),
                body("name with half a pair", "{\"device_type\":\"web\",\"name\":\"\\ud83d\"}"),
                body("name number", "{\"device_type\":\"web\",\"name\":5}"),
                body("name too long", "{\"device_type\":\"web\",\"name\":\"" + "n".repeat(10_000) + "\"}"),
                body("push token too long", "{\"device_type\":\"web\",\"push_token\":\"" + "n".repeat(4097) + "\"}"),
                body("push token with NUL", "{\"device_type\":\"web\",\"push_token\":\"\\u0000\"}"));
    }

    private static Arguments body(String name, String body) {
        return Arguments.argumentSet(name, body);
    }

    @ParameterizedTest
    @MethodSource("badBodies")
    void badBodyIsABadRequest(String body) {
        int before = devices();
        call("POST", "/api/devices", body).expectProblem(400, "bad_request");
        assertThat(devices()).isEqualTo(before);
    }

    @Test
    void bodyOfInvalidUtf8IsABadRequest() {
        byte[] bytes = "{\"device_type\":\"web\",\"name\":\"x\"}".getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 3] = (byte) 0xC0;
        duet.rest()
                .call("POST", "/api/devices")
                .bearer(talk.alice().token())
                .raw("application/json", bytes)
                .send()
                .expectProblem(400, "bad_request");
    }

    @Test
    void bodyAbove64KibibytesIsNotEvenRead() {
        call("POST", "/api/devices", "{\"device_type\":\"web\",\"x\":\"" + "y".repeat(70_000) + "\"}")
                .expectProblem(413, "bad_request");
    }

    private int devices() {
        return talk.alice().get("/api/devices").expect(200).get("items").size();
    }

    private Rest.Answer call(String method, String path, String body) {
        return duet.rest()
                .call(method, path)
                .bearer(talk.alice().token())
                .raw("application/json", body.getBytes(StandardCharsets.UTF_8))
                .send();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"limit=0", "limit=-1", "limit=abc", "limit=2147483648", "limit=1.5", "limit=", "limit=%2B1"})
    void badLimitIsABadRequestEverywhere(String limit) {
        for (String path : new String[] {
            "/api/conversations?", "/api/users?query=p&", "/api/conversations/" + talk.conversation() + "/messages?"
        }) {
            talk.alice().get(path + limit).expectProblem(400, "bad_request");
        }
    }

    @Test
    void limitAboveTheMaximumIsCapped() {
        for (String path : new String[] {
            "/api/conversations?", "/api/users?query=p&", "/api/conversations/" + talk.conversation() + "/messages?"
        }) {
            talk.alice().get(path + "limit=2147483647").expect(200);
            talk.alice().get(path + "limit=1000").expect(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "====", "AAAA", "bnVsbA", "e30", "%00", "MTIzNDU2Nzg5MA", "'"})
    void malformedCursorIsABadRequest(String cursor) {
        talk.alice().get("/api/conversations?cursor=" + cursor).expectProblem(400, "bad_request");
        talk.alice().get("/api/users?query=p&cursor=" + cursor).expectProblem(400, "bad_request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "before_sequence=-1",
                "before_sequence=abc",
                "before_sequence=18446744073709551617",
                "before_sequence=9007199254740992",
                "after_sequence=-1",
                "after_sequence=1.5",
                "after_sequence=1e3",
                "before_sequence=5&after_sequence=1"
            })
    void badSequenceIsABadRequest(String query) {
        talk.alice()
                .get("/api/conversations/" + talk.conversation() + "/messages?" + query)
                .expectProblem(400, "bad_request");
    }

    @Test
    void malformedIdentifierIsABadRequest() {
        for (String id : new String[] {"x", "1-1-1-1-1", "00000000-0000-0000-0000-00000000000g"}) {
            talk.alice().get("/api/conversations/" + id).expectProblem(400, "bad_request");
            talk.alice().get("/api/conversations/" + id + "/messages").expectProblem(400, "bad_request");
            talk.alice().get("/api/messages/" + id + "/status").expectProblem(400, "bad_request");
            talk.alice().delete("/api/devices/" + id).expectProblem(400, "bad_request");
            talk.alice().get("/api/users/presence?user_ids=" + id).expectProblem(400, "bad_request");
            call("POST", "/api/conversations", "{\"recipient_user_id\":\"" + id + "\"}")
                    .expectProblem(400, "bad_request");
        }
    }

    @Test
    void foreignThingsLookLikeUnknownOnes() throws Exception {
        UUID foreignMessage;
        try (DuetClient stranger = foreign.alice().online()) {
            foreignMessage = UUID.fromString(text(stranger.say(foreign.conversation(), "private"), "message_id"));
        }
        Person alice = talk.alice();
        for (String[] pair : new String[][] {
            {"/api/conversations/" + foreign.conversation(), "/api/conversations/" + UUID.randomUUID()},
            {
                "/api/conversations/" + foreign.conversation() + "/messages",
                "/api/conversations/" + UUID.randomUUID() + "/messages"
            },
            {"/api/messages/" + foreignMessage + "/status", "/api/messages/" + UUID.randomUUID() + "/status"}
        }) {
            Rest.Answer foreignAnswer = alice.get(pair[0]);
            Rest.Answer unknownAnswer = alice.get(pair[1]);
            foreignAnswer.expectProblem(404, "not_found");
            unknownAnswer.expectProblem(404, "not_found");
            assertThat(text(foreignAnswer.json(), "title")).isEqualTo(text(unknownAnswer.json(), "title"));
            assertThat(foreignAnswer.json().get("detail"))
                    .isEqualTo(unknownAnswer.json().get("detail"));
        }
    }

    @Test
    void recipientMustBeSomebodyElseWhoExists() {
        Person alice = talk.alice();
        alice.post("/api/conversations", Map.of("recipient_user_id", alice.userId()))
                .expectProblem(400, "recipient_invalid");
        alice.post("/api/conversations", Map.of("recipient_user_id", UUID.randomUUID()))
                .expectProblem(404, "not_found");
        call("POST", "/api/conversations", "{}").expectProblem(400, "bad_request");
        assertThat(alice.get("/api/conversations").expect(200).get("items")).hasSize(1);
    }

    static Stream<Arguments> badUsers() {
        return Stream.of(
                user("name of 2", "ab", "%@example.org", LONG_PASSWORD),
                user("name of 51", "n".repeat(51), "%@example.org", LONG_PASSWORD),
                user("capital", "Alice", "%@example.org", LONG_PASSWORD),
                user("blank in the name", "al ice", "%@example.org", LONG_PASSWORD),
                user("accent", "al\u00E9ce", "%@example.org", LONG_PASSWORD),
                user("NUL", "abc\u0000", "%@example.org", LONG_PASSWORD),
                user("empty", "", "%@example.org", LONG_PASSWORD),
                user("email without @", "%", "example.org", LONG_PASSWORD),
                user("email empty", "%", "", LONG_PASSWORD),
                user("email of 256", "%", "e".repeat(250) + "@x.org", LONG_PASSWORD),
                user("email with NUL", "%", "a\u0000@example.org", LONG_PASSWORD),
                user("password of 11", "%", "%@example.org", "12345678901"),
                user("password of 10,000", "%", "%@example.org", "p".repeat(10_000)));
    }

    private static Arguments user(String name, String username, String email, String password) {
        return Arguments.argumentSet(name, username, email, password);
    }

    @ParameterizedTest
    @MethodSource("badUsers")
    void badUserIsABadRequest(String username, String email, String password) {
        String unique = "q" + UUID.randomUUID().toString().substring(0, 12);
        duet.rest()
                .post(
                        "/api/users",
                        null,
                        Map.of(
                                "username", username.replace("%", unique),
                                "email", email.replace("%", unique),
                                "password", password))
                .expectProblem(400, "bad_request");
    }

    @Test
    void usernameIsTakenOnce() {
        Map<String, String> again =
                Map.of("username", talk.alice().username(), "email", "other@example.org", "password", LONG_PASSWORD);
        duet.rest().post("/api/users", null, again).expectProblem(409, "bad_request");
        talk.alice().signIn();
    }

    @Test
    void wrongUserAndWrongPasswordAreAlike() {
        Rest.Answer wrongUser =
                duet.rest().post("/api/sessions", null, Map.of("username", "nobody.at.all", "password", LONG_PASSWORD));
        Rest.Answer wrongPassword = duet.rest()
                .post("/api/sessions", null, Map.of("username", foreign.bob().username(), "password", LONG_PASSWORD));
        wrongUser.expectProblem(401, "unauthorized");
        assertThat(wrongPassword.raw()).isEqualTo(wrongUser.raw());
        assertThat(wrongPassword.status()).isEqualTo(wrongUser.status());
    }

    @Test
    void repeatedFailuresAreSlowedDownFor429() {
        Person victim = duet.register();
        Rest.Answer last = null;
        for (int i = 0; i < 11; i++) {
            last = duet.rest()
                    .post(
                            "/api/sessions",
                            null,
                            Map.of("username", victim.username(), "password", "wrong password " + i));
        }
        last.expectProblem(429, "rate_limited");
        assertThat(last.headers()).containsKey("retry-after");
        talk.bob().signIn();
    }

    @Test
    void everythingNeedsAToken() {
        for (String path : new String[] {
            "/api/users/me",
            "/api/users?query=p",
            "/api/users/presence?user_ids=" + talk.bob().userId(),
            "/api/devices",
            "/api/conversations",
            "/api/conversations/" + talk.conversation(),
            "/api/conversations/" + talk.conversation() + "/messages",
            "/api/messages/" + UUID.randomUUID() + "/status"
        }) {
            Rest.Answer answer = duet.rest().get(path, null);
            answer.expectProblem(401, "unauthorized");
            assertThat(answer.headers().get("www-authenticate")).startsWith("Bearer");
        }
        duet.rest().post("/api/devices", null, Map.of("device_type", "web")).expectProblem(401, "unauthorized");
        duet.rest().post("/api/conversations", null, Map.of()).expectProblem(401, "unauthorized");
        duet.rest().delete("/api/sessions", null).expectProblem(401, "unauthorized");
    }

    @Test
    void unknownPathsMethodsAndTypesAreProblemsToo() {
        talk.alice().get("/api/nothing").expectProblem(404, "not_found");
        assertThat(call("PUT", "/api/devices", "{}").status()).isEqualTo(405);
        assertThat(text(call("PUT", "/api/devices", "{}").json(), "code")).isEqualTo("bad_request");
        Rest.Answer xml = duet.rest()
                .call("POST", "/api/devices")
                .bearer(talk.alice().token())
                .raw("application/xml", "<x/>".getBytes(StandardCharsets.UTF_8))
                .send();
        assertThat(xml.status()).isEqualTo(415);
        assertThat(text(xml.json(), "code")).isEqualTo("bad_request");
    }

    @Test
    void presenceIsOfPeersOnlyAndOfAtMost200() {
        Person alice = talk.alice();
        var items = alice.get("/api/users/presence?user_ids=" + talk.bob().userId() + ","
                        + foreign.bob().userId() + "," + UUID.randomUUID())
                .expect(200)
                .get("items");
        assertThat(items).hasSize(1);
        assertThat(text(items.get(0), "user_id")).isEqualTo(talk.bob().userId().toString());
        String tooMany = String.join(
                ",",
                java.util.Collections.nCopies(201, UUID.randomUUID().toString()).stream()
                        .map(same -> UUID.randomUUID().toString())
                        .toList());
        alice.get("/api/users/presence?user_ids=" + tooMany).expectProblem(400, "bad_request");
        alice.get("/api/users/presence").expectProblem(400, "bad_request");
    }

    @Test
    void readMarksAndHeadsAreUntouchedByAllThis() {
        var conversation = talk.alice().conversation(talk.conversation());
        assertThat(number(conversation, "last_sequence")).isZero();
        assertThat(number(conversation, "unread_count")).isZero();
    }
}
