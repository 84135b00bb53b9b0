package io.duet.system;

import static io.duet.system.client.Json.fields;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Talk;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Who is there, and who is writing: told to peers alone. */
@ExtendWith(SharedServers.class)
class PresenceTypingTest {

    @Test
    void peerIsToldOnlineAndAfterTheGraceOffline(@Brisk Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        talk.alice().signIn();
        talk.bob().signIn();
        UUID bobs = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online()) {
            assertOnline(talk.alice(), talk.bob(), false);
            try (DuetClient bob = talk.bob().connect(bobs)) {
                JsonNode online = presence(alice, talk.bob(), true);
                assertThat(fields(online)).containsExactlyInAnyOrder("event", "user_id", "online", "last_seen_at");
                assertThat(online.get("last_seen_at").isNull()).isTrue();
                assertOnline(talk.alice(), talk.bob(), true);
                bob.ping();
            }
            alice.ping();
            JsonNode offline = presence(alice, talk.bob(), false);
            assertThat(Instant.parse(text(offline, "last_seen_at")))
                    .isBetween(Instant.now().minusSeconds(20), Instant.now().plusSeconds(1));
            assertOnline(talk.alice(), talk.bob(), false);
        }
    }

    @Test
    void quickReconnectDoesNotFlicker(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online()) {
            talk.bob().connect(phone).close();
            presence(alice, talk.bob(), true);
            for (int i = 0; i < 3; i++) {
                talk.bob().connect(phone).close();
            }
            try (DuetClient bob = talk.bob().connect(phone)) {
                bob.say(talk.conversation(), "still me");
                alice.expect("new_message");
                assertThat(alice.received("presence").stream()
                                .filter(frame ->
                                        uuid(frame, "user_id").equals(talk.bob().userId()))
                                .filter(frame -> !frame.get("online").asBoolean()))
                        .isEmpty();
            }
        }
    }

    @Test
    void secondDeviceKeepsAPersonOnline(@Brisk Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        talk.alice().signIn();
        talk.bob().signIn();
        try (DuetClient alice = talk.alice().online()) {
            DuetClient stays = talk.bob().online();
            talk.bob().online().close();
            presence(alice, talk.bob(), true);
            Instant past = Instant.now().plus(SharedServers.BRISK_GRACE).plusMillis(500);
            Awaitility.await().atMost(DuetClient.DEADLINE).until(() -> {
                stays.ping();
                alice.ping();
                return Instant.now().isAfter(past);
            });
            assertOnline(talk.alice(), talk.bob(), true);
            stays.close();
            alice.ping();
            presence(alice, talk.bob(), false);
            assertThat(alice.received("presence").stream()
                            .filter(frame ->
                                    uuid(frame, "user_id").equals(talk.bob().userId())))
                    .as("one change up, one down")
                    .hasSize(2);
        }
    }

    @Test
    void strangersAreToldNothing(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        Person stranger = duet.register();
        try (DuetClient watching = stranger.online();
                DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            presence(alice, talk.bob(), true);
            bob.typing(talk.conversation());
            alice.expect("typing");
            watching.ping();
            assertThat(watching.received("presence")).isEmpty();
            assertThat(watching.received("typing")).isEmpty();
            assertThat(stranger.get("/api/users/presence?user_ids=" + talk.bob().userId())
                            .expect(200)
                            .get("items"))
                    .isEmpty();
        }
    }

    @Test
    void typingReachesThePeersConnectionsAtMostOncePer3Seconds(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient aliceToo = talk.alice().online();
                DuetClient bob = talk.bob().online();
                DuetClient bobToo = talk.bob().online()) {
            Instant start = Instant.now();
            for (int i = 0; i < 20; i++) {
                bob.typing(talk.conversation());
            }
            for (DuetClient told : new DuetClient[] {alice, aliceToo}) {
                JsonNode typing = told.expect("typing");
                assertThat(fields(typing)).containsExactlyInAnyOrder("event", "conversation_id", "user_id");
                assertThat(uuid(typing, "user_id")).isEqualTo(talk.bob().userId());
                assertThat(uuid(typing, "conversation_id")).isEqualTo(talk.conversation());
            }
            bob.say(talk.conversation(), "barrier");
            alice.expect("new_message");
            assertThat(alice.received("typing")).hasSize(1);
            bobToo.ping();
            assertThat(bobToo.received("typing")).as("not to oneself").isEmpty();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(6))
                    .pollInterval(Duration.ofMillis(250))
                    .until(() -> {
                        bob.typing(talk.conversation());
                        alice.ping();
                        return alice.received("typing").size() > 1;
                    });
            assertThat(Duration.between(start, Instant.now())).isGreaterThan(Duration.ofMillis(2800));
            assertThat(bob.received("error")).isEmpty();
        }
    }

    private static JsonNode presence(DuetClient told, Person about, boolean online) {
        return told.expect(
                "presence",
                frame -> uuid(frame, "user_id").equals(about.userId())
                        && frame.get("online").asBoolean() == online);
    }

    private static void assertOnline(Person asking, Person about, boolean online) {
        JsonNode items = asking.get("/api/users/presence?user_ids=" + about.userId())
                .expect(200)
                .get("items");
        assertThat(items).hasSize(1);
        assertThat(fields(items.get(0))).containsExactlyInAnyOrder("user_id", "online", "last_seen_at");
        assertThat(items.get(0).get("online").asBoolean()).isEqualTo(online);
    }
}
