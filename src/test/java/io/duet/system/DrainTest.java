package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Incoming;
import io.duet.system.client.Json;
import io.duet.system.client.Talk;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** An orderly stop tells every client to come back, and when, and leaves nothing running. */
class DrainTest {

    @Test
    void terminatedServerSaysGoodbyeWithADelay() throws Exception {
        try (TestServer server = TestServer.start(Map.of())) {
            Talk talk = Talk.on(server.duet());
            try (DuetClient alice = talk.alice().online();
                    DuetClient bob = talk.bob().online()) {
                alice.say(talk.conversation(), "before the end");
                ProcessHandle postmaster = server.postmaster();
                ProcessHandle process = server.process();
                TestServer.signal("TERM", process);
                for (DuetClient client : new DuetClient[] {alice, bob}) {
                    Incoming.Close close = client.expectClose(1001);
                    JsonNode reason = Json.parse(close.reason());
                    assertThat(reason.get("reconnect_delay").isNumber()).isTrue();
                    assertThat(reason.get("reconnect_delay").asDouble()).isBetween(0.0, 5.0);
                }
                process.onExit().get(30, TimeUnit.SECONDS);
                postmaster.onExit().get(30, TimeUnit.SECONDS);
            }
            server.restart();
            try (DuetClient bob = talk.bob().at(server.duet()).online()) {
                bob.sync(talk.conversation(), 0, null);
                assertThat(Json.text(bob.expect("new_message"), "content")).isEqualTo("before the end");
            }
        }
    }
}
