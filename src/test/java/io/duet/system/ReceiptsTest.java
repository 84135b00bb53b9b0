package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** delivered and read: who is told what, and once. */
@ExtendWith(SharedServers.class)
class ReceiptsTest {

    @Test
    void cumulativeAckDeliversEveryMessageUpToIt(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            for (int i = 1; i <= 5; i++) {
                alice.say(talk.conversation(), "line " + i);
            }
            bob.expect("new_message", 5);
            bob.ackUpTo(talk.conversation(), 3);
            alice.expect("delivered", delivered -> number(delivered, "sequence_number") == 3);
            assertThat(number(talk.alice().conversation(talk.conversation()), "peer_delivered_sequence"))
                    .isEqualTo(3);
            bob.ackUpTo(talk.conversation(), 5);
            alice.expect("delivered", delivered -> number(delivered, "sequence_number") == 5);
            alice.ping();
            assertThat(alice.received("delivered").stream().map(frame -> number(frame, "sequence_number")))
                    .as("none twice, ascending")
                    .doesNotHaveDuplicates()
                    .isSorted();
            assertThat(number(talk.alice().conversation(talk.conversation()), "peer_delivered_sequence"))
                    .isEqualTo(5);
        }
    }

    @Test
    void singleAckDeliversThatMessageOnly(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().connect(phone)) {
            alice.say(talk.conversation(), "one");
            JsonNode two = alice.say(talk.conversation(), "two");
            alice.say(talk.conversation(), "three");
            bob.expect("new_message", 3);
            bob.ackMessage(uuid(two, "message_id"));
            JsonNode delivered = alice.expect("delivered");
            assertThat(number(delivered, "sequence_number")).isEqualTo(2);
            assertThat(delivered.get("message_id")).isEqualTo(two.get("message_id"));
            assertThat(number(talk.alice().conversation(talk.conversation()), "peer_delivered_sequence"))
                    .as("one is still missing")
                    .isZero();
        }
        try (DuetClient bob = talk.bob().connect(phone)) {
            assertThat(bob.received("new_message").stream().map(frame -> number(frame, "sequence_number")))
                    .containsExactly(1L, 3L);
        }
    }

    @Test
    void ackOfOnesOwnMessagesDeliversNothing(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient aliceToo = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            alice.say(talk.conversation(), "hello");
            aliceToo.expect("new_message");
            aliceToo.ackUpTo(talk.conversation(), 1);
            aliceToo.ping();
            bob.say(talk.conversation(), "hi");
            alice.expect("new_message");
            alice.ackUpTo(talk.conversation(), 2);
            assertThat(number(bob.expect("delivered"), "sequence_number")).isEqualTo(2);
            alice.ping();
            assertThat(alice.received("delivered")).isEmpty();
            assertThat(bob.received("delivered")).hasSize(1);
        }
    }

    @Test
    void ackThatCoversBothPeoplesMessagesDeliversThePeersOnly(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            alice.say(talk.conversation(), "1 of alice");
            bob.say(talk.conversation(), "2 of bob");
            alice.say(talk.conversation(), "3 of alice");
            bob.say(talk.conversation(), "4 of bob");
            bob.expect("new_message", 2);
            bob.ackUpTo(talk.conversation(), 4);
            alice.expect("delivered", delivered -> number(delivered, "sequence_number") == 3);
            alice.ping();
            assertThat(alice.received("delivered").stream().map(frame -> number(frame, "sequence_number")))
                    .isSubsetOf(1L, 3L);
            assertThat(bob.received("delivered")).isEmpty();
            assertThat(number(talk.alice().conversation(talk.conversation()), "peer_delivered_sequence"))
                    .isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void readGoesForwardOnlyAndReachesPeerAndOwnDevices(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online();
                DuetClient bobToo = talk.bob().online()) {
            LongStream.rangeClosed(1, 4).forEach(i -> say(alice, talk, "line " + i));
            bob.expect("new_message", 4);
            bob.read(talk.conversation(), 3);
            for (DuetClient told : new DuetClient[] {alice, bobToo}) {
                JsonNode read = told.expect("read");
                assertThat(number(read, "last_read_sequence")).isEqualTo(3);
                assertThat(uuid(read, "reader_id")).isEqualTo(talk.bob().userId());
            }
            bob.read(talk.conversation(), 2);
            bob.read(talk.conversation(), 3);
            bob.read(talk.conversation(), 0);
            bob.ping();
            assertThat(number(talk.bob().conversation(talk.conversation()), "my_last_read_sequence"))
                    .isEqualTo(3);
            bob.read(talk.conversation(), 4);
            assertThat(number(alice.expect("read"), "last_read_sequence")).isEqualTo(4);
            assertThat(number(bobToo.expect("read"), "last_read_sequence")).isEqualTo(4);
            assertThat(alice.received("read")).hasSize(2);
            bob.ping();
            assertThat(bob.received("read")).as("the reader knows").isEmpty();
            assertThat(bob.received("error")).isEmpty();
            assertThat(number(talk.alice().conversation(talk.conversation()), "peer_last_read_sequence"))
                    .isEqualTo(4);
        }
    }

    private static void say(DuetClient client, Talk talk, String content) {
        try {
            client.say(talk.conversation(), content);
        } catch (java.io.IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void receiptsThatCameWhileAwayAreInTheList(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online()) {
            alice.say(talk.conversation(), "and gone");
        }
        try (DuetClient bob = talk.bob().online()) {
            bob.sync(talk.conversation(), 0, null);
            bob.expect("synced");
            bob.read(talk.conversation(), 1);
            bob.ackUpTo(talk.conversation(), 1);
            bob.ping();
        }
        org.awaitility.Awaitility.await().atMost(DuetClient.DEADLINE).untilAsserted(() -> {
            JsonNode conversation = talk.alice().conversation(talk.conversation());
            assertThat(number(conversation, "peer_last_read_sequence")).isEqualTo(1);
        });
        assertThat(text(talk.alice().conversation(talk.conversation()).get("last_message"), "content"))
                .isEqualTo("and gone");
    }

    @Test
    void simultaneousAcksOfSeveralDevicesDeliverEachMessageOnce(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient one = talk.bob().online();
                DuetClient two = talk.bob().online();
                DuetClient three = talk.bob().online()) {
            for (int i = 1; i <= 40; i++) {
                JsonNode sent = alice.say(talk.conversation(), "line " + i);
                for (DuetClient device : new DuetClient[] {one, two, three}) {
                    device.expect("new_message");
                    device.ackMessage(uuid(sent, "message_id"));
                }
            }
            alice.expect("delivered", 40);
            for (DuetClient device : new DuetClient[] {one, two, three}) {
                device.ping();
            }
            JsonNode barrier = alice.say(talk.conversation(), "barrier");
            one.expect("new_message");
            one.ackMessage(uuid(barrier, "message_id"));
            alice.expect("delivered", delivered -> number(delivered, "sequence_number") == 41);
            assertThat(alice.received("delivered").stream().map(frame -> number(frame, "sequence_number")))
                    .doesNotHaveDuplicates()
                    .hasSize(41);
        }
    }
}
