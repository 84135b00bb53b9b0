package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code docs/asyncapi.yaml} knows every event, and every event is as it says. */
@ExtendWith(SharedServers.class)
class AsyncApiTest {

    /** Provokes every event; {@link SharedServers} holds every frame, here as in all tests, against the document. */
    @Test
    void everyDocumentedEventHappensAsDocumented(TestServer server) throws Exception {
        Talk talk = Talk.on(server.duet());
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().connect(phone)) {
            alice.expect("presence");
            bob.typing(talk.conversation());
            alice.expect("typing");
            alice.say(talk.conversation(), "hello");
            bob.expect("new_message");
            bob.ackUpTo(talk.conversation(), 1);
            alice.expect("delivered");
            bob.read(talk.conversation(), 1);
            alice.expect("read");
            alice.sync(talk.conversation(), 0, 10);
            alice.expect("synced");
            alice.send(Map.of("action", "authenticate", "token", talk.alice().token()));
            alice.expect("authenticated");
            alice.send(Map.of("action", "nonsense"));
            alice.expectError("unknown_action");
            alice.ping();
        }
        assertThat(server.contract().events())
                .containsExactlyInAnyOrder(
                        "connected",
                        "caught_up",
                        "new_message",
                        "sent",
                        "delivered",
                        "read",
                        "presence",
                        "typing",
                        "synced",
                        "authenticated",
                        "pong",
                        "error");
        assertThat(server.contract().seen()).containsAll(server.contract().events());
    }
}
