package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * A conversation in which alice does bad things while bob is connected and waits: it can tell whether they cost anything,
 * because the next good message must have the next sequence number and be the next thing that bob gets.
 */
final class UntouchedTalk implements AutoCloseable {

    final Talk talk;
    final UUID device;
    final DuetClient bob;
    private long stored;

    UntouchedTalk(Duet duet) throws IOException {
        talk = Talk.on(duet);
        device = talk.alice().device("web");
        bob = talk.bob().online();
    }

    UUID conversation() {
        return talk.conversation();
    }

    /** Connects alice, who never has a backlog. Bob, who only waits, is not to be taken for dead meanwhile. */
    DuetClient alice() throws IOException {
        bob.ping();
        return talk.alice().connect(device);
    }

    /** How many messages were stored so far. */
    long stored() {
        return stored;
    }

    /** Alice has the answer to a good message: bob must get it next, with this content; gives the {@code sent}. */
    JsonNode expectStored(DuetClient alice, String content) throws IOException {
        JsonNode sent = alice.expect("sent");
        stored++;
        assertThat(number(sent, "sequence_number")).isEqualTo(stored);
        JsonNode message = bob.expect("new_message");
        assertThat(text(message, "content")).isEqualTo(content);
        assertThat(number(message, "sequence_number")).isEqualTo(stored);
        bob.ackUpTo(talk.conversation(), stored);
        alice.expect("delivered");
        return sent;
    }

    /** Sends one good message and asserts that nothing came between the last one and it. */
    void assertUntouched(DuetClient alice) throws IOException {
        String content = "next after " + stored;
        alice.sendMessage(talk.conversation(), content, UUID.randomUUID().toString());
        expectStored(alice, content);
        assertThat(alice.untaken()).isEmpty();
        assertThat(bob.untaken()).isEmpty();
    }

    /** The same over a new connection. */
    void assertStillServed() throws IOException {
        try (DuetClient alice = alice()) {
            assertUntouched(alice);
        }
    }

    @Override
    public void close() {
        bob.close();
    }
}
