package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/**
 * Processes die without warning under load. Afterwards every message that was confirmed is there once under the number
 * that was confirmed, every one that was not can be sent again and is there once then, and no number is missing.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DurabilityTest {

    private static final int PAIRS = 4;
    private static final int BEFORE_THE_BLOW = 150;

    private TestServer server;

    @BeforeAll
    void start() {
        server = TestServer.start(Map.of("duet.rate-limit.enabled", "false"));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void killedServerLosesAndDoublesNothing() throws Exception {
        List<Load> loads = underLoad();
        server.kill();
        server.restart();
        for (Load load : loads) {
            load.retryAndVerify(server.duet());
        }
    }

    @Test
    void killedDatabaseLosesAndDoublesNothing() throws Exception {
        List<Load> loads = underLoad();
        ProcessHandle postmaster = server.postmaster();
        postmaster.descendants().forEach(ProcessHandle::destroyForcibly);
        postmaster.destroyForcibly();
        server.kill();
        server.restart();
        for (Load load : loads) {
            load.retryAndVerify(server.duet());
        }
    }

    @Test
    void killedDatabaseBackendsLoseAndDoubleNothing() throws Exception {
        List<Load> loads = underLoad();
        server.postmaster().children().toList().forEach(ProcessHandle::destroyForcibly);
        for (Load load : loads) {
            load.stop();
        }
        Awaitility.await("ready again")
                .atMost(Duration.ofSeconds(60))
                .until(() -> server.duet().rest().get("/health/ready", null).status() == 200);
        for (Load load : loads) {
            load.retryAndVerify(server.duet());
        }
    }

    private List<Load> underLoad() throws IOException {
        List<Load> loads = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            loads.add(new Load(Talk.on(server.duet())));
        }
        loads.forEach(Load::start);
        Awaitility.await("enough load")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> loads.stream().allMatch(load -> load.confirmed.size() >= BEFORE_THE_BLOW));
        return loads;
    }

    /** A sender that keeps some messages outstanding, and remembers what it sent and what was confirmed. */
    private static final class Load {

        private static final int OUTSTANDING = 8;

        private final Talk talk;
        private final UUID bobsPhone;
        private final DuetClient alice;
        private final Map<String, String> attempted = new ConcurrentHashMap<>();
        private final Map<String, JsonNode> confirmed = new ConcurrentHashMap<>();
        private final Thread thread = new Thread(this::run, "load");
        private volatile boolean stopped;

        Load(Talk talk) throws IOException {
            this.talk = talk;
            this.bobsPhone = talk.bob().device("phone");
            this.alice = talk.alice().online();
        }

        void start() {
            thread.start();
        }

        void stop() throws InterruptedException {
            stopped = true;
            thread.join(Duration.ofSeconds(60).toMillis());
            assertThat(thread.isAlive()).isFalse();
        }

        private void run() {
            try {
                for (int i = 1; !stopped; i++) {
                    String id = "load-" + i;
                    attempted.put(id, "content of " + id);
                    alice.sendMessage(talk.conversation(), "content of " + id, id);
                    if (i > OUTSTANDING) {
                        takeAnswer();
                    }
                }
            } catch (IOException | AssertionError brokenByTheBlow) {
                stopped = true;
            }
        }

        private void takeAnswer() {
            JsonNode answer = alice.expectAny("sent", "error");
            if ("sent".equals(text(answer, "event"))) {
                confirmed.put(text(answer, "client_message_id"), answer);
            } else {
                assertThat(answer.get("retryable").asBoolean()).as("%s", answer).isTrue();
                stopped = true;
            }
        }

        void retryAndVerify(Duet again) throws Exception {
            stop();
            alice.received("sent").forEach(sent -> confirmed.put(text(sent, "client_message_id"), sent));
            alice.close();
            Person sender = talk.alice().at(again);
            Person receiver = talk.bob().at(again);
            Map<String, Long> numbers = new HashMap<>();
            try (DuetClient retrying = sender.online()) {
                for (Map.Entry<String, String> message : attempted.entrySet()) {
                    retrying.sendMessage(talk.conversation(), message.getValue(), message.getKey());
                }
                for (JsonNode sent : retrying.expect("sent", attempted.size())) {
                    String id = text(sent, "client_message_id");
                    numbers.put(id, number(sent, "sequence_number"));
                    JsonNode first = confirmed.get(id);
                    if (first != null) {
                        assertThat(sent.get("duplicate").asBoolean()).as(id).isTrue();
                        for (String field : List.of("message_id", "sequence_number", "timestamp")) {
                            assertThat(sent.get(field)).as(field + " of " + id).isEqualTo(first.get(field));
                        }
                    }
                }
            }
            assertThat(numbers.values())
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.rangeClosed(1, attempted.size()).boxed().toList());
            verifyReceived(receiver, numbers);
        }

        private void verifyReceived(Person receiver, Map<String, Long> numbers) throws IOException {
            Map<Long, String> contents = new HashMap<>();
            numbers.forEach((id, sequence) -> contents.put(sequence, attempted.get(id)));
            try (DuetClient bob = receiver.open(bobsPhone)) {
                for (long sequence = 1; sequence <= attempted.size(); sequence++) {
                    JsonNode message = bob.expect("new_message");
                    assertThat(number(message, "sequence_number")).isEqualTo(sequence);
                    assertThat(text(message, "content")).isEqualTo(contents.get(sequence));
                    if (sequence % 100 == 0) {
                        bob.ackUpTo(talk.conversation(), sequence);
                    }
                }
                bob.expect("caught_up");
            }
            assertThat(number(receiver.conversation(talk.conversation()), "unread_count"))
                    .isEqualTo(attempted.size());
        }
    }
}
