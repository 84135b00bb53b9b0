package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Talk;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The contract is the same wherever somebody is connected. */
@ExtendWith(SharedServers.class)
class TwoNodesTest {

    @Test
    void aMessageGoesItsWholeWayBetweenNodes(Nodes nodes) throws Exception {
        Talk talk = Talk.on(nodes.one());
        Person bobThere = talk.bob().at(nodes.two());
        UUID alicesPhone = talk.alice().device("phone");
        UUID bobsPhone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient phone = talk.alice().at(nodes.two()).connect(alicesPhone);
                DuetClient bob = bobThere.connect(bobsPhone)) {
            JsonNode sent = alice.say(talk.conversation(), "from one to two");
            for (DuetClient there : new DuetClient[] {bob, phone}) {
                JsonNode message = there.expect("new_message");
                assertThat(message.get("message_id")).isEqualTo(sent.get("message_id"));
                assertThat(text(message, "content")).isEqualTo("from one to two");
                assertThat(number(message, "sequence_number")).isEqualTo(1);
            }
            assertThat(alice.received("delivered")).isEmpty();
            phone.ackUpTo(talk.conversation(), 1);
            bob.ackUpTo(talk.conversation(), 1);
            for (DuetClient hers : new DuetClient[] {alice, phone}) {
                JsonNode delivered = hers.expect("delivered");
                assertThat(delivered.get("message_id")).isEqualTo(sent.get("message_id"));
                assertThat(uuid(delivered, "device_id")).isEqualTo(bobsPhone);
            }
            bob.read(talk.conversation(), 1);
            for (DuetClient hers : new DuetClient[] {alice, phone}) {
                assertThat(number(hers.expect("read"), "last_read_sequence")).isEqualTo(1);
            }
            bob.say(talk.conversation(), "from two to one");
            for (DuetClient hers : new DuetClient[] {alice, phone}) {
                assertThat(text(hers.expect("new_message"), "content")).isEqualTo("from two to one");
            }
        }
    }
}
