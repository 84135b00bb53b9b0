package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Rest;
import io.duet.system.client.Talk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The contract is the same wherever somebody is connected. */
@ExtendWith(SharedServers.class)
class TwoNodesTest {
    /** What a revocation may take, that of a session by the contract. */
    private static final Duration REVOCATION = Duration.ofSeconds(2);

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
            for (DuetClient there : List.of(bob, phone)) {
                JsonNode message = there.expect("new_message");
                assertThat(message.get("message_id")).isEqualTo(sent.get("message_id"));
                assertThat(text(message, "content")).isEqualTo("from one to two");
                assertThat(number(message, "sequence_number")).isEqualTo(1);
            }
            assertThat(alice.received("delivered")).isEmpty();
            phone.ackUpTo(talk.conversation(), 1);
            bob.ackUpTo(talk.conversation(), 1);
            for (DuetClient hers : List.of(alice, phone)) {
                JsonNode delivered = hers.expect("delivered");
                assertThat(delivered.get("message_id")).isEqualTo(sent.get("message_id"));
                assertThat(uuid(delivered, "device_id")).isEqualTo(bobsPhone);
            }
            bob.read(talk.conversation(), 1);
            for (DuetClient hers : List.of(alice, phone)) {
                assertThat(number(hers.expect("read"), "last_read_sequence")).isEqualTo(1);
            }
            bob.typing(talk.conversation());
            for (DuetClient hers : List.of(alice, phone)) {
                assertThat(uuid(hers.expect("typing"), "user_id"))
                        .isEqualTo(talk.bob().userId());
            }
            bob.say(talk.conversation(), "from two to one");
            for (DuetClient hers : List.of(alice, phone)) {
                assertThat(text(hers.expect("new_message"), "content")).isEqualTo("from two to one");
            }
        }
    }

    @Test
    void aRetryOnTheOtherNodeAnswersWithTheFirstMessage(Nodes nodes) throws Exception {
        Talk talk = Talk.on(nodes.one());
        UUID phone = talk.alice().device("phone");
        JsonNode first;
        try (DuetClient alice = talk.alice().connect(phone)) {
            alice.sendMessage(talk.conversation(), "once", "m-1");
            first = alice.expect("sent");
        }
        try (DuetClient alice = talk.alice().at(nodes.two()).connect(phone)) {
            alice.sendMessage(talk.conversation(), "once", "m-1");
            JsonNode again = alice.expect("sent");
            assertThat(again.get("duplicate").asBoolean()).isTrue();
            for (String value : List.of("message_id", "sequence_number", "timestamp")) {
                assertThat(again.get(value)).isEqualTo(first.get(value));
            }
        }
    }

    @Test
    void aConnectionOnAnotherNodeDisplaces(Nodes nodes) throws Exception {
        Talk talk = Talk.on(nodes.one());
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient older = talk.bob().connect(phone);
                DuetClient newer = talk.bob().at(nodes.two()).connect(phone)) {
            older.expectClose(4409);
            alice.say(talk.conversation(), "to the newer");
            assertThat(text(newer.expect("new_message"), "content")).isEqualTo("to the newer");
            try (DuetClient newest = talk.bob().connect(phone)) {
                newer.expectClose(4409);
                assertThat(text(newest.expect("new_message"), "content"))
                        .as("what was not acknowledged")
                        .isEqualTo("to the newer");
            }
        }
    }

    @Test
    void failedSignInsCountOnBothNodesTogether(Nodes nodes) {
        Person alice = nodes.one().register();
        Map<String, String> wrong = Map.of("username", alice.username(), "password", "not hers");
        for (int i = 0; i < 10; i++) {
            Duet node = i % 2 == 0 ? nodes.one() : nodes.two();
            node.rest().post("/api/sessions", null, wrong).expectProblem(401, "unauthorized");
        }
        Map<String, String> right = Map.of("username", alice.username(), "password", alice.password());
        for (Duet node : List.of(nodes.one(), nodes.two())) {
            Rest.Answer answer = node.rest().post("/api/sessions", null, right);
            answer.expectProblem(429, "rate_limited");
            assertThat(Integer.parseInt(answer.headers().get("retry-after"))).isBetween(1, 300);
        }
        assertThat(alice.get("/api/users/me").status()).as("who is in stays in").isEqualTo(200);
    }

    @Test
    void whatIsRevokedOnOneNodeEndsOnTheOther(Nodes nodes) throws Exception {
        Person alice = nodes.one().register();
        Person there = alice.at(nodes.two());
        UUID removed = alice.device("phone");
        UUID kept = alice.device("web");
        try (DuetClient onRemoved = there.connect(removed);
                DuetClient onKept = there.connect(kept)) {
            alice.delete("/api/devices/" + removed);
            onRemoved.expectClose(4401, REVOCATION);
            onKept.ping();
            alice.delete("/api/sessions");
            onKept.expectClose(4401, REVOCATION);
        }
        assertThat(there.get("/api/users/me").status()).isEqualTo(401);
    }

    @Test
    void presenceIsTheSameOnBothNodesAndAChangeOfNodeDoesNotFlicker(Nodes nodes) throws Exception {
        Talk talk = Talk.on(nodes.one());
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online()) {
            talk.bob().at(nodes.two()).connect(phone).close();
            presence(alice, talk.bob(), true);
            for (Duet node : List.of(nodes.one(), nodes.two(), nodes.one(), nodes.two())) {
                talk.bob().at(node).connect(phone).close();
            }
            try (DuetClient bob = talk.bob().at(nodes.two()).connect(phone)) {
                bob.say(talk.conversation(), "still me");
                alice.expect("new_message");
                assertThat(alice.received("presence").stream()
                                .filter(frame ->
                                        uuid(frame, "user_id").equals(talk.bob().userId())))
                        .allMatch(frame -> frame.get("online").asBoolean());
                for (Duet node : List.of(nodes.one(), nodes.two())) {
                    assertThat(talk.alice().at(node).seesOnline(talk.bob())).isTrue();
                }
            }
            presence(alice, talk.bob(), false);
            for (Duet node : List.of(nodes.one(), nodes.two())) {
                assertThat(talk.alice().at(node).seesOnline(talk.bob())).isFalse();
            }
        }
    }

    private static void presence(DuetClient watcher, Person peer, boolean online) {
        watcher.expect(
                "presence",
                frame -> uuid(frame, "user_id").equals(peer.userId())
                        && frame.get("online").asBoolean() == online);
    }

    @Test
    void aDeviceRegisteredOnOneNodeGetsWhatTheOtherNodeStoresFromThenOn(Nodes nodes) throws Exception {
        Talk talk = Talk.on(nodes.one());
        Person bobThere = talk.bob().at(nodes.two());
        try (DuetClient alice = talk.alice().online()) {
            for (int i = 1; i <= 10; i++) {
                UUID fresh = bobThere.device("phone");
                alice.say(talk.conversation(), "message " + i);
                try (DuetClient bob = bobThere.connect(fresh)) {
                    assertThat(bob.received("new_message").stream().map(frame -> number(frame, "sequence_number")))
                            .containsExactly((long) i);
                }
            }
        }
    }

    @Test
    void aConversationBegunByBothOnBothNodesAtOnceIsOne(Nodes nodes) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 5; round++) {
                Person alice = nodes.one().register();
                Person bob = nodes.two().register();
                var together = new CyclicBarrier(8);
                List<Callable<Rest.Answer>> calls = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    Person caller = (i % 2 == 0 ? alice : bob).at(i < 4 ? nodes.one() : nodes.two());
                    Person peer = i % 2 == 0 ? bob : alice;
                    calls.add(() -> {
                        together.await(10, TimeUnit.SECONDS);
                        return caller.post(
                                "/api/conversations",
                                Map.of("recipient_user_id", peer.userId().toString()));
                    });
                }
                Set<UUID> conversations = new HashSet<>();
                int created = 0;
                for (Future<Rest.Answer> answer : callers.invokeAll(calls)) {
                    created += answer.get().status() == 201 ? 1 : 0;
                    conversations.add(uuid(answer.get().json(), "conversation_id"));
                }
                assertThat(conversations).hasSize(1);
                assertThat(created).isEqualTo(1);
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void bothWriteOnDifferentNodesAndNeitherLosesOrSeesAGap(Nodes nodes, TestReporter reporter) throws Exception {
        int each = 1_000;
        double saidBefore = said(nodes, "messages");
        double bytesBefore = said(nodes, "bytes");
        Talk talk = Talk.on(nodes.one());
        UUID alicesDevice = talk.alice().device("web");
        UUID bobsDevice = talk.bob().device("web");
        ExecutorService writers = Executors.newFixedThreadPool(2);
        try (DuetClient alice = talk.alice().connect(alicesDevice);
                DuetClient bob = talk.bob().at(nodes.two()).connect(bobsDevice)) {
            Future<Set<Long>> alices = writers.submit(() -> writeAndReceive(alice, talk.conversation(), each));
            Future<Set<Long>> bobs = writers.submit(() -> writeAndReceive(bob, talk.conversation(), each));
            Set<Long> all = new HashSet<>(alices.get(3, TimeUnit.MINUTES));
            all.addAll(bobs.get(3, TimeUnit.MINUTES));
            assertThat(all)
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.rangeClosed(1, 2L * each).boxed().toList());
            for (DuetClient client : List.of(alice, bob)) {
                assertThat(client.received("error")).isEmpty();
                List<Long> received = client.received("new_message").stream()
                        .map(frame -> number(frame, "sequence_number"))
                        .toList();
                assertThat(received).isSorted().doesNotHaveDuplicates().hasSize(each);
                client.expect(
                        "delivered",
                        frame -> number(frame, "sequence_number") == lastOwn(client),
                        Duration.ofSeconds(60));
            }
        } finally {
            writers.shutdownNow();
        }
        reporter.publishEntry(
                "between nodes for each message",
                (said(nodes, "messages") - saidBefore) / (2 * each) + " messages, "
                        + (said(nodes, "bytes") - bytesBefore) / (2 * each) + " bytes");
    }

    private static double said(Nodes nodes, String what) {
        String metric = what.equals("bytes") ? "duet_cluster_sent_bytes_total" : "duet_cluster_messages_sent_total";
        return nodes.first().metric(metric) + nodes.second().metric(metric);
    }

    private static long lastOwn(DuetClient client) {
        return client.received("sent").stream()
                .mapToLong(frame -> number(frame, "sequence_number"))
                .max()
                .orElseThrow();
    }

    /** Keeps 20 sends outstanding, acknowledges and reads what comes; answers the numbers of its own messages. */
    private static Set<Long> writeAndReceive(DuetClient client, UUID conversation, int count) throws Exception {
        Set<Long> own = new HashSet<>();
        int written = 0;
        int received = 0;
        while (own.size() < count || received < count) {
            while (written < count && written - own.size() < 20) {
                written++;
                client.sendMessage(conversation, "message " + written, "m-" + client.hashCode() + "-" + written);
            }
            JsonNode frame = client.expectAny("sent", "new_message");
            if (text(frame, "event").equals("sent")) {
                own.add(number(frame, "sequence_number"));
            } else {
                received++;
                client.ackUpTo(conversation, number(frame, "sequence_number"));
                if (received % 10 == 0) {
                    client.read(conversation, number(frame, "sequence_number"));
                }
            }
        }
        return own;
    }
}
