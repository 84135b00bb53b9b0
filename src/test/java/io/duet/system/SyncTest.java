package io.duet.system;

import static io.duet.system.client.Json.fields;
import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Filling a device's own gaps over the socket. */
@ExtendWith(SharedServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SyncTest {

    private static final int LAST = 520;

    private Talk talk;

    @BeforeAll
    void talkALot(Duet duet) throws Exception {
        talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            for (int i = 1; i <= LAST; i++) {
                boolean bobSpeaks = i % 10 == 0;
                (bobSpeaks ? bob : alice).sendMessage(talk.conversation(), "line " + i, "line-" + i);
                if (bobSpeaks) {
                    bob.expect("sent");
                } else if (i % 10 == 9) {
                    alice.expect("sent", 9);
                }
                if (i % 100 == 0) {
                    alice.ackUpTo(talk.conversation(), i);
                    bob.ackUpTo(talk.conversation(), i);
                }
            }
            alice.ackUpTo(talk.conversation(), LAST);
            bob.ackUpTo(talk.conversation(), LAST);
            alice.ping();
            bob.ping();
        }
    }

    @Test
    void defaultIs100Ascending(Duet duet) throws Exception {
        try (DuetClient bob = talk.bob().online()) {
            bob.sync(talk.conversation(), 0, null);
            JsonNode synced = bob.expect("synced");
            assertThat(fields(synced))
                    .containsExactlyInAnyOrder("event", "conversation_id", "up_to_sequence", "has_more");
            assertThat(uuid(synced, "conversation_id")).isEqualTo(talk.conversation());
            assertThat(number(synced, "up_to_sequence")).isEqualTo(100);
            assertThat(synced.get("has_more").asBoolean()).isTrue();
            assertThat(sequences(bob)).isEqualTo(range(1, 100));
            assertThat(bob.received().stream()
                            .map(frame -> text(frame, "event"))
                            .filter(event -> !"presence".equals(event)))
                    .as("synced comes last; alice's going may be told at any time")
                    .endsWith("synced");
        }
    }

    @Test
    void limitRulesUpTo500AndTheEndIsTold() throws Exception {
        try (DuetClient bob = talk.bob().online()) {
            bob.sync(talk.conversation(), 15, 500);
            JsonNode synced = bob.expect("synced");
            assertThat(number(synced, "up_to_sequence")).isEqualTo(515);
            assertThat(synced.get("has_more").asBoolean()).isTrue();
            assertThat(sequences(bob)).isEqualTo(range(16, 515));
            bob.sync(talk.conversation(), 515, 5);
            synced = bob.expect("synced");
            assertThat(number(synced, "up_to_sequence")).isEqualTo(LAST);
            assertThat(synced.get("has_more").asBoolean()).isFalse();
            bob.expect("new_message", 505);
        }
    }

    @Test
    void nothingMoreIsAnAnswerToo() throws Exception {
        try (DuetClient bob = talk.bob().online()) {
            bob.sync(talk.conversation(), LAST, null);
            JsonNode synced = bob.expect("synced");
            assertThat(number(synced, "up_to_sequence")).isEqualTo(LAST);
            assertThat(synced.get("has_more").asBoolean()).isFalse();
            assertThat(bob.received("new_message")).isEmpty();
        }
    }

    @Test
    void ownMessagesComeWithTheirClientIds() throws Exception {
        try (DuetClient bob = talk.bob().online()) {
            bob.sync(talk.conversation(), 0, 10);
            bob.expect("synced");
            for (JsonNode message : bob.received("new_message")) {
                boolean own = uuid(message, "sender_id").equals(talk.bob().userId());
                assertThat(fields(message).contains("client_message_id"))
                        .as("of %s", message)
                        .isEqualTo(own);
            }
        }
    }

    @Test
    void lastSequencesOfConnectSkipWhatTheDeviceHolds(Duet duet) throws Exception {
        Talk fresh = Talk.on(duet);
        UUID phone = fresh.bob().device("phone");
        try (DuetClient alice = fresh.alice().online()) {
            for (int i = 1; i <= 6; i++) {
                alice.say(fresh.conversation(), "line " + i);
            }
            try (DuetClient bob = fresh.bob().open(phone, Map.of(fresh.conversation(), 4L))) {
                bob.expect("connected");
                bob.expect("caught_up");
                assertThat(sequences(bob)).containsExactly(5L, 6L);
            }
            alice.expect("delivered", delivered -> number(delivered, "sequence_number") == 4);
        }
    }

    @Test
    void lastSequencesOfUnknownConversationsOrBeyondTheHeadLoseNothing(Duet duet) throws Exception {
        Talk fresh = Talk.on(duet);
        UUID phone = fresh.bob().device("phone");
        try (DuetClient alice = fresh.alice().online()) {
            alice.say(fresh.conversation(), "one");
            try (DuetClient bob = fresh.bob()
                    .open(phone, Map.of(fresh.conversation(), 99L, UUID.randomUUID(), 5L, talk.conversation(), 3L))) {
                bob.expect("connected");
                bob.expect("caught_up");
                alice.say(fresh.conversation(), "two");
                assertThat(number(
                                bob.expect("new_message", message -> "two".equals(text(message, "content"))),
                                "sequence_number"))
                        .isEqualTo(2);
            }
        }
    }

    private static List<Long> sequences(DuetClient client) {
        return client.received("new_message").stream()
                .map(message -> number(message, "sequence_number"))
                .toList();
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }
}
