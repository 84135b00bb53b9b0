package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.TestReporter;
import tools.jackson.databind.JsonNode;

/** Three nodes that start at once and are one cluster; what one of them does to the others by going, in one way or another. */
@TestMethodOrder(OrderAnnotation.class)
class ThreeNodesTest {
    /** Fewer than may be unacknowledged. */
    private static final int PAGE = 200;

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration MERGED = Duration.ofSeconds(90);
    private static List<TestServer> nodes;

    @BeforeAll
    static void start() {
        nodes = new ArrayList<>(TestServer.startNodes(
                3, Map.of("duet.rate-limit.enabled", "false", "duet.cluster.failure-timeout", "PT3S")));
    }

    @AfterAll
    static void stop() {
        for (int i = nodes.size() - 1; i >= 0; i--) {
            nodes.get(i).close();
        }
    }

    private static Duration awaitView(int size, TestServer... seenBy) {
        long start = System.nanoTime();
        await().atMost(MERGED).pollInterval(Duration.ofMillis(50)).until(() -> {
            for (TestServer node : seenBy) {
                if (node.metric("duet_cluster_nodes") != size) {
                    return false;
                }
            }
            return true;
        });
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Test
    @Order(1)
    void thoseThatStartAtOnceAreOneCluster() {
        awaitView(3, nodes.toArray(TestServer[]::new));
        for (TestServer node : nodes) {
            assertThat(node.log()).doesNotContain("MergeView", "too many JOIN attempts");
        }
    }

    @Test
    @Order(2)
    void aNodeThatStandsStillIsOutSoonAndComesBackByItself(TestReporter reporter) throws Exception {
        Talk talk = Talk.on(nodes.get(0).duet());
        TestServer frozen = nodes.get(2);
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient stuck = talk.bob().at(frozen.duet()).connect(phone)) {
            alice.say(talk.conversation(), "before");
            stuck.expect("new_message");
            TestServer.signal("STOP", frozen.process());
            Duration out = awaitView(2, nodes.get(0), nodes.get(1));
            reporter.publishEntry("new view after SIGSTOP, ms", Long.toString(out.toMillis()));
            try (DuetClient bob = talk.bob().at(nodes.get(1).duet()).connect(phone)) {
                bob.ackUpTo(talk.conversation(), 1);
                alice.say(talk.conversation(), "meanwhile");
                assertThat(text(expectMessage(bob, 2), "content")).isEqualTo("meanwhile");
                bob.ackUpTo(talk.conversation(), 2);
                alice.expect("delivered", frame -> number(frame, "sequence_number") == 2);

                TestServer.signal("CONT", frozen.process());
                Duration back = awaitView(3, nodes.toArray(TestServer[]::new));
                reporter.publishEntry("one view after SIGCONT, ms", Long.toString(back.toMillis()));
                stuck.expectClose(4409, SOON);
                alice.say(talk.conversation(), "afterwards");
                expectMessage(bob, 3);
                bob.ackUpTo(talk.conversation(), 3);
                for (TestServer node : nodes) {
                    await().atMost(SOON)
                            .until(() -> talk.alice().at(node.duet()).seesOnline(talk.bob()));
                }
            }
            for (TestServer node : nodes) {
                await().atMost(SOON).until(() -> !talk.alice().at(node.duet()).seesOnline(talk.bob()));
            }
        } finally {
            TestServer.signal("CONT", frozen.process());
        }
    }

    @Test
    @Order(3)
    void aNodeThatStopsInOrderLeavesAtOnceLosesNothingAndJoinsAgain() throws Exception {
        int count = 400;
        Talk talk = Talk.on(nodes.get(0).duet());
        TestServer leaving = nodes.get(1);
        UUID phone = talk.alice().device("phone");
        UUID away = talk.bob().device("web");
        Set<String> unanswered = new LinkedHashSet<>();
        try (DuetClient bob = talk.bob().online()) {
            try (DuetClient alice = talk.alice().at(leaving.duet()).connect(phone);
                    DuetClient there = talk.bob().at(leaving.duet()).connect(away)) {
                for (int i = 1; i <= count; i++) {
                    alice.sendMessage(talk.conversation(), "message " + i, "m-" + i);
                    unanswered.add("m-" + i);
                    if (i == count / 4) {
                        TestServer.signal("TERM", leaving.process());
                        there.expectClose(1001);
                    }
                    if (!alice.open()) {
                        break;
                    }
                }
                alice.expectClose(1001);
                alice.received("sent").forEach(sent -> unanswered.remove(text(sent, "client_message_id")));
            } catch (IOException gone) {
                assertThat(leaving.isReady()).isFalse();
            }
            assertThat(leaving.process()
                            .onExit()
                            .get(SOON.toSeconds(), TimeUnit.SECONDS)
                            .isAlive())
                    .isFalse();
            assertThat(nodes.get(0).metric("duet_cluster_nodes"))
                    .as("when its process has ended it has long left")
                    .isEqualTo(2);
            try (DuetClient alice = talk.alice().at(nodes.get(2).duet()).connect(phone)) {
                for (String again : unanswered) {
                    alice.sendMessage(talk.conversation(), "message " + again.substring(2), again);
                    alice.expect("sent", sent -> text(sent, "client_message_id").equals(again));
                }
                long last = number(alice.say(talk.conversation(), "the last"), "sequence_number");
                for (long next = PAGE; next < last; next += PAGE) {
                    expectMessage(bob, next);
                    bob.ackUpTo(talk.conversation(), next);
                }
                expectMessage(bob, last);
                assertThat(bob.received("new_message").stream().map(frame -> number(frame, "sequence_number")))
                        .containsExactlyElementsOf(
                                LongStream.rangeClosed(1, last).boxed().toList());
            }
        }
        assertThat(troubleIn(leaving.log())).isEmpty();
        leaving.restart();
        awaitView(3, nodes.toArray(TestServer[]::new));
    }

    /** While nodes come and go a notice may be lost: then the next reconciliation brings the message, after more than 15 s. */
    private static JsonNode expectMessage(DuetClient client, long sequence) {
        return client.expect("new_message", frame -> number(frame, "sequence_number") == sequence, SOON);
    }

    /** Warnings and errors of Duet itself. */
    private static List<String> troubleIn(String log) {
        return log.lines()
                .filter(line -> line.matches(".* (io\\.duet\\.\\S+ +[WE]|(WARN|ERROR) +\\[io\\.duet\\.\\S+) .*"))
                .toList();
    }

    @Test
    @Order(4)
    void aKilledNodeIsOutAtOnceAndItsUsersGoOnElsewhere(TestReporter reporter) throws Exception {
        Talk talk = Talk.on(nodes.get(0).duet());
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().at(nodes.get(2).duet()).online()) {
            try (DuetClient bob = talk.bob().at(nodes.get(1).duet()).connect(phone)) {
                bob.ping();
                nodes.get(1).kill();
            }
            Duration out = awaitView(2, nodes.get(0), nodes.get(2));
            reporter.publishEntry("new view after kill -9, ms", Long.toString(out.toMillis()));
            alice.say(talk.conversation(), "to nobody");
            try (DuetClient bob = talk.bob().connect(phone)) {
                assertThat(text(bob.expect("new_message"), "content")).isEqualTo("to nobody");
                bob.ackUpTo(talk.conversation(), 1);
                alice.expect("delivered");
                assertThat(alice.received("presence"))
                        .allMatch(frame -> frame.get("online").asBoolean());
            }
            nodes.get(1).restart();
            awaitView(3, nodes.toArray(TestServer[]::new));
        }
    }

    @Test
    @Order(5)
    void afterTheDeathOfAllOneStartsWithoutDelay() {
        for (TestServer node : nodes) {
            node.kill();
        }
        nodes.get(0).restart();
        assertThat(nodes.get(0).metric("duet_cluster_nodes")).isEqualTo(1);
        assertThat(nodes.get(0).log()).doesNotContain("timed out");
    }
}
