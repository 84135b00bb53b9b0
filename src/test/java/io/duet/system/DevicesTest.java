package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.Person;
import io.duet.system.client.Talk;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Every device has its own inbox and its own acknowledgements. */
@ExtendWith(SharedServers.class)
class DevicesTest {

    @Test
    void everyDeviceOfBothPeopleGetsTheMessage(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        UUID desktop = talk.bob().device("desktop");
        UUID away = talk.bob().device("web");
        try (DuetClient alice = talk.alice().online();
                DuetClient aliceToo = talk.alice().online();
                DuetClient onPhone = talk.bob().connect(phone);
                DuetClient onDesktop = talk.bob().connect(desktop)) {
            JsonNode sent = alice.say(talk.conversation(), "to all");

            JsonNode copy = aliceToo.expect("new_message");
            assertThat(copy.get("client_message_id")).isEqualTo(sent.get("client_message_id"));
            assertThat(copy.get("message_id")).isEqualTo(sent.get("message_id"));
            for (DuetClient client : new DuetClient[] {onPhone, onDesktop}) {
                JsonNode message = client.expect("new_message");
                assertThat(message.get("message_id")).isEqualTo(sent.get("message_id"));
                assertThat(message.get("client_message_id"))
                        .as("the peer's client ids are none of bob's business")
                        .isNull();
            }
            alice.ping();
            assertThat(alice.received("new_message"))
                    .as("the sending device has its sent")
                    .isEmpty();

            aliceToo.ackUpTo(talk.conversation(), 1);
            aliceToo.ping();
            onPhone.ackUpTo(talk.conversation(), 1);
            JsonNode delivered = alice.expect("delivered");
            assertThat(uuid(delivered, "device_id")).isEqualTo(phone);
            onDesktop.ackUpTo(talk.conversation(), 1);
            onDesktop.ping();
            alice.say(talk.conversation(), "barrier");
            onPhone.expect("new_message");
            onPhone.ackUpTo(talk.conversation(), 2);
            assertThat(number(alice.expect("delivered"), "sequence_number")).isEqualTo(2);
            assertThat(alice.received("delivered"))
                    .as("one per message, on the first device")
                    .hasSize(2);
        }
        try (DuetClient late = talk.bob().connect(away)) {
            assertThat(late.received("new_message"))
                    .as("acknowledged by others, not by this device")
                    .hasSize(2);
        }
        try (DuetClient onDesktop = talk.bob().connect(desktop)) {
            assertThat(onDesktop.received("new_message")).hasSize(1);
            assertThat(number(onDesktop.received("new_message").get(0), "sequence_number"))
                    .isEqualTo(2);
        }
    }

    @Test
    void deviceHasNothingFromBeforeItsRegistration(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online()) {
            alice.say(talk.conversation(), "old");
            UUID fresh = talk.bob().device("desktop");
            alice.say(talk.conversation(), "new");
            try (DuetClient bob = talk.bob().connect(fresh)) {
                assertThat(bob.received("new_message")).hasSize(1);
                assertThat(text(bob.received("new_message").get(0), "content")).isEqualTo("new");
            }
        }
    }

    @Test
    void deviceRegisteredBetweenTwoQuickMessagesMissesNone(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online()) {
            for (int i = 0; i < 8; i++) {
                UUID device = talk.bob().device("web");
                UUID first = uuid(alice.say(talk.conversation(), "right after " + i), "message_id");
                try (DuetClient bob = talk.bob().connect(device)) {
                    assertThat(bob.expect("new_message").get("message_id").asString())
                            .isEqualTo(first.toString());
                }
            }
        }
    }

    @Test
    void newerConnectionDisplacesTheOlder(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient older = talk.bob().connect(phone);
                DuetClient newer = talk.bob().connect(phone)) {
            older.expectClose(4409);
            alice.say(talk.conversation(), "to the newer");
            newer.expect("new_message");
            newer.ackUpTo(talk.conversation(), 1);
            alice.expect("delivered");
            assertThat(older.received("new_message")).isEmpty();
            assertThat(newer.open()).isTrue();
        }
    }

    @Test
    void deletedDeviceIsClosedAndForgotten(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        UUID desktop = talk.bob().device("desktop");
        try (DuetClient onPhone = talk.bob().connect(phone);
                DuetClient onDesktop = talk.bob().connect(desktop);
                DuetClient alice = talk.alice().online()) {
            alice.say(talk.conversation(), "pending on the phone");
            onPhone.expect("new_message");
            talk.bob().delete("/api/devices/" + phone).expect(204);
            onPhone.expectClose(4401);
            alice.say(talk.conversation(), "after");
            onDesktop.expect("new_message", message -> number(message, "sequence_number") == 2);
            assertThat(onDesktop.open()).isTrue();
        }
        talk.bob().delete("/api/devices/" + phone).expectProblem(404, "not_found");
        assertThat(talk.bob().get("/api/devices").expect(200).get("items")).hasSize(1);
    }

    @Test
    void deviceIsItsOwnersAlone(Duet duet) {
        Person alice = duet.register();
        Person mallory = duet.register();
        UUID device = alice.device("phone");
        for (UUID notMine : new UUID[] {device, UUID.randomUUID()}) {
            mallory.delete("/api/devices/" + notMine).expectProblem(404, "not_found");
            duet.rest()
                    .call("PATCH", "/api/devices/" + notMine)
                    .bearer(mallory.token())
                    .json(Map.of("name", "mine now"))
                    .send()
                    .expectProblem(404, "not_found");
        }
        JsonNode devices = alice.get("/api/devices").expect(200).get("items");
        assertThat(devices).hasSize(1);
        assertThat(uuid(devices.get(0), "device_id")).isEqualTo(device);
    }

    @Test
    void deviceKeepsWhatItWasTold(Duet duet) {
        Person alice = duet.register();
        JsonNode device = alice.post(
                        "/api/devices", Map.of("device_type", "phone", "push_token", "t-1", "name", "Alice's phone"))
                .expect(201);
        assertThat(text(device, "device_type")).isEqualTo("phone");
        assertThat(text(device, "name")).isEqualTo("Alice's phone");
        UUID deviceId = uuid(device, "device_id");
        JsonNode renamed = duet.rest()
                .call("PATCH", "/api/devices/" + deviceId)
                .bearer(alice.token())
                .json(Map.of("name", "Old phone"))
                .send()
                .expect(200);
        assertThat(text(renamed, "name")).isEqualTo("Old phone");
        JsonNode listed = alice.get("/api/devices").expect(200).get("items").get(0);
        assertThat(text(listed, "name")).isEqualTo("Old phone");
        assertThat(Json.fields(listed)).contains("device_id", "device_type", "name");
    }

    @Test
    void ownOtherDeviceGetsItsBacklogToo(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID other = talk.alice().device("desktop");
        String clientMessageId;
        try (DuetClient alice = talk.alice().online()) {
            clientMessageId = text(alice.say(talk.conversation(), "from here"), "client_message_id");
        }
        try (DuetClient aliceToo = talk.alice().connect(other)) {
            JsonNode copy = aliceToo.expect("new_message");
            assertThat(text(copy, "client_message_id")).isEqualTo(clientMessageId);
            aliceToo.ackUpTo(talk.conversation(), 1);
        }
        Awaitility.await("the acknowledgement, which nobody answers, is stored")
                .atMost(DuetClient.DEADLINE)
                .until(() -> {
                    try (DuetClient aliceToo = talk.alice().connect(other)) {
                        return aliceToo.received("new_message").isEmpty();
                    }
                });
        assertThat(number(talk.alice().conversation(talk.conversation()), "peer_delivered_sequence"))
                .as("one's own device delivers nothing to the peer")
                .isZero();
    }
}
