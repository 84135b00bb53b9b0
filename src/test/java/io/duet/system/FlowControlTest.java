package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Incoming;
import io.duet.system.client.Json;
import io.duet.system.client.RawWebSocket;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Nobody can make the server hold more than its bounds, and nobody pays for another's slowness. */
@ExtendWith(SharedServers.class)
class FlowControlTest {

    private static final int IN_FLIGHT = 256;
    private static final int BURST = 100;
    private static final double SUSTAINED = 20;

    /** Of messages, for the limit of one person: also on a machine that takes some seconds over them. */
    private static final int TOO_MANY = 400;

    @Test
    void backlogStopsAt256UnacknowledgedAndGoesOnWithAcks(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        say(talk, 700);
        try (DuetClient bob = talk.bob().open(phone)) {
            List<JsonNode> first = bob.expect("new_message", IN_FLIGHT);
            bob.ping();
            assertThat(bob.received("new_message")).hasSize(IN_FLIGHT);
            assertThat(bob.received("caught_up")).as("there is more").isEmpty();

            bob.ackMessage(uuid(first.get(0), "message_id"));
            assertThat(number(bob.expect("new_message"), "sequence_number")).isEqualTo(IN_FLIGHT + 1);
            bob.ping();
            assertThat(bob.received("new_message")).hasSize(IN_FLIGHT + 1);

            bob.ackUpTo(talk.conversation(), 100);
            bob.expect("new_message", 99);
            bob.ping();
            assertThat(bob.received("new_message")).hasSize(IN_FLIGHT + 100);

            bob.ackUpTo(talk.conversation(), IN_FLIGHT + 100);
            bob.expect("new_message", IN_FLIGHT);
            bob.ackUpTo(talk.conversation(), 700 - IN_FLIGHT + IN_FLIGHT / 2);
            bob.expect("new_message", 700 - 2 * IN_FLIGHT - 100);
            bob.expect("caught_up");
            assertThat(sequences(bob)).isEqualTo(oneTo(700));
        }
    }

    @Test
    void liveMessagesRespectTheWindowToo(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient bob = talk.bob().online()) {
            say(talk, 300);
            bob.expect("new_message", IN_FLIGHT);
            bob.ping();
            assertThat(bob.received("new_message")).hasSize(IN_FLIGHT);
            bob.ackUpTo(talk.conversation(), IN_FLIGHT);
            bob.expect("new_message", 300 - IN_FLIGHT);
            say(talk, 10);
            bob.expect("new_message", 10);
            assertThat(sequences(bob)).isEqualTo(oneTo(310));
        }
    }

    @Test
    void thousandsOfSendsAtOnceAreAllStoredInOrder(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            Thread acknowledging = new Thread(() -> {
                try {
                    for (int i = 1; i <= 3000; i++) {
                        bob.expect("new_message");
                        if (i % 100 == 0) {
                            bob.ackUpTo(talk.conversation(), i);
                        }
                    }
                } catch (IOException failure) {
                    throw new IllegalStateException(failure);
                }
            });
            acknowledging.start();
            for (int i = 1; i <= 3000; i++) {
                alice.sendMessage(talk.conversation(), "burst " + i, "burst-" + i);
            }
            List<JsonNode> sent = alice.expect("sent", 3000);
            for (int i = 0; i < 3000; i++) {
                assertThat(number(sent.get(i), "sequence_number")).isEqualTo(i + 1);
                assertThat(text(sent.get(i), "client_message_id")).isEqualTo("burst-" + (i + 1));
            }
            acknowledging.join(DuetClient.DEADLINE.toMillis());
            assertThat(sequences(bob)).isEqualTo(oneTo(3000));
            assertThat(alice.received("error")).isEmpty();
        }
    }

    @Test
    void readerThatStopsIsClosedAndOthersDoNotNotice(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID slow = talk.bob().device("phone");
        RawWebSocket stuck =
                duet.chat().receiveBuffer(4096).bearer(talk.bob().token()).open();
        try (stuck;
                DuetClient alice = talk.alice().online();
                DuetClient other = talk.bob().online()) {
            stuck.sendText("{\"action\":\"connect\",\"device_id\":\"" + slow + "\"}");
            String large = "€".repeat(9_000);
            for (int i = 1; i <= 350; i++) {
                alice.say(talk.conversation(), large);
                other.expect("new_message");
                other.ackUpTo(talk.conversation(), i);
            }
            Awaitility.await("the server gives it up: alice and the other are left")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> connections(duet) <= 2);
            alice.ping();
            other.ping();

            int messages = 0;
            Incoming last = stuck.receive(DuetClient.DEADLINE);
            while (last instanceof Incoming.Text) {
                messages++;
                last = stuck.receive(DuetClient.DEADLINE);
            }
            assertCutForItsSlowness(last);
            assertThat(messages).isLessThan(IN_FLIGHT);
        }
        try (DuetClient bob = talk.bob().open(slow)) {
            for (int i = 1; i <= 350; i++) {
                assertThat(number(bob.expect("new_message"), "sequence_number")).isEqualTo(i);
                bob.ackUpTo(talk.conversation(), i);
            }
            bob.expect("caught_up");
        }
    }

    /**
     * One that sends but does not read: what waits for it overflows, and it is cut once a write has taken the send timeout, or 2 s after its close
     * frame if that has still found room. Nobody waits for that.
     */
    @Test
    void stuckReaderIsCutAfterTheSendTimeout(@Brisk Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID web = talk.bob().device("web");
        talk.alice().signIn();
        try (DuetClient alice = talk.alice().online()) {
            for (int i = 1; i <= 40; i++) {
                alice.say(talk.conversation(), "€".repeat(9_000));
            }
            Awaitility.await("what other tests have left behind is gone")
                    .atMost(SharedServers.BRISK_TOKEN_LIFETIME.dividedBy(2))
                    .until(() -> {
                        alice.ping();
                        return connections(duet) == 1;
                    });
            alice.send(Map.of("action", "authenticate", "token", talk.alice().signIn()));
            alice.expect("authenticated");
            talk.bob().signIn();
            assertStuckReaderIsCut(duet, talk, web, alice);
        }
    }

    private static void assertStuckReaderIsCut(Duet duet, Talk talk, UUID web, DuetClient alice) throws IOException {
        try (RawWebSocket stuck =
                duet.chat().receiveBuffer(4096).bearer(talk.bob().token()).open()) {
            stuck.sendText(Json.write(Map.of("action", "connect", "device_id", web)));
            assertThat(stuck.receive(DuetClient.DEADLINE)).isInstanceOf(Incoming.Text.class);
            for (int i = 0; i < 20; i++) {
                stuck.sendText(Json.write(Map.of(
                        "action", "sync", "conversation_id", talk.conversation(), "after_sequence", 0, "limit", 500)));
            }
            Awaitility.await()
                    .atMost(SharedServers.BRISK_SEND_TIMEOUT.plusSeconds(8))
                    .until(() -> {
                        alice.ping();
                        return connections(duet) == 1;
                    });
            Incoming last = stuck.receive(DuetClient.DEADLINE);
            while (last instanceof Incoming.Text) {
                last = stuck.receive(DuetClient.DEADLINE);
            }
            assertCutForItsSlowness(last);
        }
    }

    private static void assertCutForItsSlowness(Incoming last) {
        assertThat(last)
                .as("the end, and before it the reason if the system's buffers had room for that")
                .satisfiesAnyOf(
                        end -> assertThat(end).isInstanceOf(Incoming.Gone.class),
                        end -> assertThat(end).isEqualTo(new Incoming.Close(1013, "reads too slowly")));
    }

    /** How many connections the server says that it has. */
    private static double connections(Duet duet) {
        return duet.rest()
                .get("/metrics", null)
                .raw()
                .lines()
                .filter(line -> line.startsWith("duet_connections{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    @Test
    void tooFastSenderIsRateLimitedAndMayGoOn(@Brisk Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        talk.alice().signIn();
        try (DuetClient alice = talk.alice().online()) {
            long began = System.nanoTime();
            for (int i = 1; i <= TOO_MANY; i++) {
                alice.sendMessage(talk.conversation(), "fast " + i, "fast-" + i);
            }
            for (int answers = 0; answers < TOO_MANY; answers++) {
                JsonNode answer = alice.expectAny("sent", "error");
                if ("error".equals(text(answer, "event"))) {
                    assertThat(text(answer, "code")).isEqualTo("rate_limited");
                    assertThat(answer.get("retryable").asBoolean()).isTrue();
                    assertThat(answer.get("retry_after").isNumber()).isTrue();
                    assertThat(answer.get("retry_after").asDouble()).isBetween(0.0, 10.0);
                    assertThat(text(answer, "client_message_id")).startsWith("fast-");
                }
            }
            assertThat(alice.received("sent")).hasSizeBetween(BURST, mostSince(began));
            assertThat(alice.received("error")).isNotEmpty();
            JsonNode refused = alice.received("error").get(0);
            Awaitility.await()
                    .atMost(DuetClient.DEADLINE)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        String id = text(refused, "client_message_id");
                        alice.sendMessage(talk.conversation(), "fast " + id.substring(5), id);
                        JsonNode answer = alice.expectAny("sent", "error");
                        return "sent".equals(text(answer, "event"))
                                && !answer.get("duplicate").asBoolean();
                    });
            talk.bob().signIn();
            assertThat(number(talk.bob().conversation(talk.conversation()), "unread_count"))
                    .isEqualTo(alice.received("sent").size());
        }
    }

    /** How many messages the limit may have let through since then. */
    private static int mostSince(long beganNanos) {
        return BURST + (int) Math.ceil(SUSTAINED * (System.nanoTime() - beganNanos) / 1e9);
    }

    @Test
    void rateLimitIsPerUserAcrossConnections(@Brisk Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        talk.alice().signIn();
        try (DuetClient one = talk.alice().online();
                DuetClient two = talk.alice().online()) {
            long began = System.nanoTime();
            for (int i = 1; i <= TOO_MANY / 2; i++) {
                one.sendMessage(talk.conversation(), "one " + i, "one-" + i);
                two.sendMessage(talk.conversation(), "two " + i, "two-" + i);
            }
            for (int i = 0; i < TOO_MANY / 2; i++) {
                one.expectAny("sent", "error");
                two.expectAny("sent", "error");
            }
            assertThat(one.received("sent").size() + two.received("sent").size())
                    .isBetween(BURST, mostSince(began));
        }
    }

    @Test
    void manyPingsWithoutReadingTheAnswersDoNotHurtOthers(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        try (RawWebSocket flood = duet.chat()
                        .receiveBuffer(4096)
                        .bearer(talk.bob().token())
                        .open();
                DuetClient alice = talk.alice().online()) {
            flood.sendText(Json.write(
                    Map.of("action", "connect", "device_id", talk.bob().device("web"))));
            byte[] ping = RawWebSocket.encode(
                    true, RawWebSocket.TEXT, "{\"action\":\"ping\"}".getBytes(StandardCharsets.UTF_8), 0);
            Thread flooding = new Thread(() -> {
                try {
                    for (int i = 0; i < 300_000; i++) {
                        flood.sendRaw(ping);
                    }
                } catch (IOException | IllegalStateException closedOrNotRead) {
                    // what we want
                }
            });
            flooding.start();
            for (int i = 0; i < 50; i++) {
                alice.say(talk.conversation(), "meanwhile " + i);
            }
            flood.reset();
            flooding.join(DuetClient.DEADLINE.toMillis());
            assertThat(flooding.isAlive()).isFalse();
        }
    }

    private static void say(Talk talk, int count) throws Exception {
        try (DuetClient alice = talk.alice().online()) {
            for (int i = 0; i < count; i++) {
                alice.sendMessage(
                        talk.conversation(), "text " + i, UUID.randomUUID().toString());
            }
            alice.expect("sent", count);
        }
    }

    private static List<Long> sequences(DuetClient client) {
        return client.received("new_message").stream()
                .map(message -> number(message, "sequence_number"))
                .toList();
    }

    private static List<Long> oneTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }
}
