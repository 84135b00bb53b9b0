package io.duet.system;

import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** A person sees where she is signed in, and ends what she no longer wants. */
@ExtendWith(SharedServers.class)
class SessionsTest {

    private static final Duration TOLD_WITHIN = Duration.ofSeconds(2);

    @Test
    void areListedAndCanBeEndedFromAnotherOne(Duet duet) throws Exception {
        Person here = duet.register();
        try (DuetClient elsewhere = here.online()) {
            JsonNode before = here.get("/api/sessions").expect(200).get("items");
            assertThat(before).hasSize(1);
            UUID old = UUID.fromString(text(before.get(0), "session_id"));
            assertThat(before.get(0).get("current").asBoolean()).isTrue();
            assertThat(Instant.parse(text(before.get(0), "expires_at")))
                    .isAfter(Instant.parse(text(before.get(0), "created_at")));

            String fresh = here.signIn();
            JsonNode both = duet.rest().get("/api/sessions", fresh).expect(200).get("items");
            assertThat(both).hasSize(2);
            assertThat(both.get(0).get("current").asBoolean())
                    .as("newest first")
                    .isTrue();
            assertThat(text(both.get(1), "session_id")).isEqualTo(old.toString());

            assertThat(duet.rest().delete("/api/sessions/" + old, fresh).status())
                    .isEqualTo(204);
            elsewhere.expectClose(4401, TOLD_WITHIN.plus(DuetClient.DEADLINE));
            duet.rest().delete("/api/sessions/" + old, fresh).expectProblem(404, "not_found");
            assertThat(duet.rest().get("/api/sessions", fresh).expect(200).get("items"))
                    .hasSize(1);
        }
    }

    @Test
    void ofSomebodyElseDoNotExist(Duet duet) {
        Person alice = duet.register();
        Person bob = duet.register();
        String session = text(bob.get("/api/sessions").expect(200).get("items").get(0), "session_id");
        alice.delete("/api/sessions/" + session).expectProblem(404, "not_found");
        alice.delete("/api/sessions/not-a-session").expectProblem(400, "bad_request");
        duet.rest().get("/api/sessions", null).expectProblem(401, "unauthorized");
        assertThat(bob.get("/api/users/me").status()).isEqualTo(200);
    }
}
