package io.duet.system;

import static io.duet.system.client.Json.fields;
import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Talk;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The job that everything is for. */
@ExtendWith(SharedServers.class)
class FirstConversationTest {

    private static final String MILLISECONDS_UTC = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

    @Test
    void messageIsSentThenDeliveredThenRead(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().connect(phone)) {
            alice.sendMessage(talk.conversation(), "Hello, Bob", "m-1");

            JsonNode sent = alice.expect("sent");
            assertThat(fields(sent))
                    .containsExactlyInAnyOrder(
                            "event",
                            "client_message_id",
                            "message_id",
                            "conversation_id",
                            "sequence_number",
                            "timestamp",
                            "duplicate");
            assertThat(text(sent, "client_message_id")).isEqualTo("m-1");
            assertThat(uuid(sent, "conversation_id")).isEqualTo(talk.conversation());
            assertThat(number(sent, "sequence_number")).isEqualTo(1);
            assertThat(sent.get("duplicate").isBoolean()).isTrue();
            assertThat(sent.get("duplicate").asBoolean()).isFalse();
            assertThat(text(sent, "timestamp")).matches(MILLISECONDS_UTC);
            assertThat(uuid(sent, "message_id").version()).isEqualTo(7);

            JsonNode message = bob.expect("new_message");
            assertThat(fields(message))
                    .containsExactlyInAnyOrder(
                            "event",
                            "message_id",
                            "conversation_id",
                            "sender_id",
                            "content",
                            "sequence_number",
                            "timestamp");
            assertThat(message.get("message_id")).isEqualTo(sent.get("message_id"));
            assertThat(message.get("timestamp")).isEqualTo(sent.get("timestamp"));
            assertThat(uuid(message, "conversation_id")).isEqualTo(talk.conversation());
            assertThat(uuid(message, "sender_id")).isEqualTo(talk.alice().userId());
            assertThat(text(message, "content")).isEqualTo("Hello, Bob");
            assertThat(number(message, "sequence_number")).isEqualTo(1);
            alice.ping();
            assertThat(alice.received("delivered"))
                    .as("before any acknowledgement")
                    .isEmpty();

            bob.ackUpTo(talk.conversation(), 1);
            JsonNode delivered = alice.expect("delivered");
            assertThat(fields(delivered))
                    .containsExactlyInAnyOrder(
                            "event", "message_id", "conversation_id", "sequence_number", "device_id", "timestamp");
            assertThat(delivered.get("message_id")).isEqualTo(sent.get("message_id"));
            assertThat(number(delivered, "sequence_number")).isEqualTo(1);
            assertThat(uuid(delivered, "device_id")).isEqualTo(phone);
            assertThat(uuid(delivered, "conversation_id")).isEqualTo(talk.conversation());

            bob.read(talk.conversation(), 1);
            JsonNode read = alice.expect("read");
            assertThat(fields(read))
                    .containsExactlyInAnyOrder(
                            "event", "conversation_id", "reader_id", "last_read_sequence", "timestamp");
            assertThat(uuid(read, "reader_id")).isEqualTo(talk.bob().userId());
            assertThat(uuid(read, "conversation_id")).isEqualTo(talk.conversation());
            assertThat(number(read, "last_read_sequence")).isEqualTo(1);
        }
    }

    @Test
    void connectedSaysWhatAClientNeeds(Duet duet) throws Exception {
        Person alice = duet.register();
        UUID device = alice.device("desktop");
        try (DuetClient client = alice.open(device)) {
            JsonNode connected = client.expect("connected");
            assertThat(fields(connected))
                    .containsExactlyInAnyOrder(
                            "event",
                            "user_id",
                            "device_id",
                            "session_id",
                            "server_time",
                            "heartbeat_interval",
                            "heartbeat_timeout",
                            "max_content_length",
                            "reconnect_delay");
            assertThat(uuid(connected, "user_id")).isEqualTo(alice.userId());
            assertThat(uuid(connected, "device_id")).isEqualTo(device);
            assertThat(number(connected, "heartbeat_interval")).isEqualTo(30);
            assertThat(number(connected, "heartbeat_timeout")).isEqualTo(60);
            assertThat(number(connected, "max_content_length")).isEqualTo(10_000);
            assertThat(connected.get("reconnect_delay").isNumber()).isTrue();
            assertThat(text(connected, "server_time")).matches(MILLISECONDS_UTC);
            assertThat(Instant.parse(text(connected, "server_time")))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
            client.expect("caught_up");
        }
    }

    @Test
    void awayAndBackEverythingArrivesOnceInOrder(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        talk.bob().connect(phone).close();
        try (DuetClient alice = talk.alice().online()) {
            for (int i = 1; i <= 120; i++) {
                assertThat(number(alice.say(talk.conversation(), "while away " + i), "sequence_number"))
                        .isEqualTo(i);
            }
            try (DuetClient bob = talk.bob().open(phone)) {
                bob.expect("caught_up");
                assertThat(sequences(bob.received("new_message"))).isEqualTo(range(1, 120));
                assertThat(text(bob.received().get(0), "event")).isEqualTo("connected");
                bob.ackUpTo(talk.conversation(), 70);
                alice.expect("delivered", delivered -> number(delivered, "sequence_number") == 70);
            }
            try (DuetClient bob = talk.bob().connect(phone)) {
                assertThat(sequences(bob.received("new_message")))
                        .as("not acknowledged, so again")
                        .isEqualTo(range(71, 120));
                bob.ackUpTo(talk.conversation(), 120);
                alice.expect("delivered", delivered -> number(delivered, "sequence_number") == 120);
            }
            try (DuetClient bob = talk.bob().connect(phone)) {
                assertThat(bob.received("new_message")).isEmpty();
            }
        }
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    @Test
    void historyReadsBothWays(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            for (int i = 1; i <= 5; i++) {
                (i % 2 == 0 ? bob : alice).say(talk.conversation(), "line " + i);
            }
        }
        String path = "/api/conversations/" + talk.conversation() + "/messages";
        for (Person reader : List.of(talk.alice(), talk.bob())) {
            assertThat(sequences(items(reader.get(path).expect(200)))).containsExactly(5L, 4L, 3L, 2L, 1L);
            assertThat(sequences(items(reader.get(path + "?limit=2").expect(200))))
                    .containsExactly(5L, 4L);
            assertThat(sequences(items(
                            reader.get(path + "?before_sequence=4&limit=2").expect(200))))
                    .containsExactly(3L, 2L);
            assertThat(sequences(
                            items(reader.get(path + "?after_sequence=1&limit=3").expect(200))))
                    .containsExactly(2L, 3L, 4L);
            assertThat(items(reader.get(path + "?after_sequence=5").expect(200)))
                    .isEmpty();
            assertThat(items(reader.get(path + "?before_sequence=1").expect(200)))
                    .isEmpty();
        }
        JsonNode newest = items(talk.bob().get(path + "?limit=1").expect(200)).get(0);
        assertThat(text(newest, "content")).isEqualTo("line 5");
        assertThat(uuid(newest, "sender_id")).isEqualTo(talk.alice().userId());
        assertThat(uuid(newest, "conversation_id")).isEqualTo(talk.conversation());
        assertThat(text(newest, "timestamp")).matches(MILLISECONDS_UTC);
    }

    @Test
    void conversationIsOneWhoeverStartsIt(Duet duet) {
        Person alice = duet.register();
        Person bob = duet.register();
        JsonNode created = alice.post("/api/conversations", Map.of("recipient_user_id", bob.userId()))
                .expect(201);
        JsonNode existing = bob.post("/api/conversations", Map.of("recipient_user_id", alice.userId()))
                .expect(200);
        assertThat(existing.get("conversation_id")).isEqualTo(created.get("conversation_id"));
        assertThat(text(created.get("peer"), "username")).isEqualTo(bob.username());
        assertThat(text(existing.get("peer"), "username")).isEqualTo(alice.username());
        assertThat(alice.post("/api/conversations", Map.of("recipient_user_id", bob.userId()))
                        .expect(200)
                        .get("conversation_id"))
                .isEqualTo(created.get("conversation_id"));
    }

    @Test
    void statusOfAMessageFollowsItsWay(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        UUID desktop = talk.bob().device("desktop");
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().connect(phone)) {
            UUID messageId = uuid(alice.say(talk.conversation(), "how far are you?"), "message_id");
            String path = "/api/messages/" + messageId + "/status";
            assertThat(statuses(talk.alice().get(path).expect(200)))
                    .containsOnly(Map.entry(phone, "phone sent"), Map.entry(desktop, "desktop sent"));
            bob.expect("new_message");
            bob.ackMessage(messageId);
            alice.expect("delivered");
            JsonNode status = talk.alice().get(path).expect(200);
            assertThat(statuses(status))
                    .containsOnly(Map.entry(phone, "phone delivered"), Map.entry(desktop, "desktop sent"));
            assertThat(status.get("read").asBoolean()).isFalse();
            bob.read(talk.conversation(), 1);
            alice.expect("read");
            assertThat(talk.alice().get(path).expect(200).get("read").asBoolean())
                    .isTrue();
            talk.bob().get(path).expectProblem(404, "not_found");
            duet.register().get(path).expectProblem(404, "not_found");
        }
    }

    private static Map<UUID, String> statuses(JsonNode status) {
        JsonNode devices = status.get("items");
        return StreamSupport.stream(devices.spliterator(), false)
                .collect(java.util.stream.Collectors.toMap(
                        device -> uuid(device, "device_id"),
                        device -> text(device, "device_type") + " " + text(device, "status")));
    }

    private static List<JsonNode> items(JsonNode page) {
        return StreamSupport.stream(page.get("items").spliterator(), false).toList();
    }

    private static List<Long> sequences(List<JsonNode> messages) {
        return messages.stream()
                .map(message -> number(message, "sequence_number"))
                .toList();
    }
}
