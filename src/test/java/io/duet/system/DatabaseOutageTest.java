package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** The database hangs or is gone for a while: sends are refused as retryable, nobody is disconnected, nothing is half-stored. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DatabaseOutageTest {

    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(20);
    private static final Duration RECOVERED_WITHIN = Duration.ofSeconds(60);

    /** Enough for the writers, and few enough to be used up. */
    private static final int POOL = 10;

    private TestServer server;
    private Duet duet;

    @BeforeAll
    void start() {
        server = TestServer.start(Map.of(
                "duet.rate-limit.enabled",
                "false",
                "duet.message-log.deadline",
                "PT3S",
                "DUET_DB_POOL_SIZE",
                Integer.toString(POOL)));
        duet = server.duet();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void hangingDatabaseMakesSendsUnavailableAndRecoversByItself() throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            alice.say(talk.conversation(), "before");
            bob.expect("new_message");
            try (Hang hang = new Hang(server.postmaster())) {
                alice.sendMessage(talk.conversation(), "during", "during-1");
                JsonNode error = alice.expect("error", frame -> true, ANSWERED_WITHIN);
                assertThat(text(error, "code")).isEqualTo("unavailable");
                assertThat(error.get("retryable").asBoolean()).isTrue();
                assertThat(text(error, "client_message_id")).isEqualTo("during-1");
                assertThat(duet.rest().get("/health/ready", null).status()).isEqualTo(503);
                assertThat(duet.rest().get("/health/live", null).status()).isEqualTo(200);
                alice.ping();
                bob.ping();
            }
            assertRecovers(talk, alice, bob);
        }
    }

    @Test
    void stoppedDatabaseMakesSendsUnavailable() throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().connect(phone)) {
            alice.say(talk.conversation(), "before");
            bob.expect("new_message");
            server.postmaster().children().toList().forEach(ProcessHandle::destroyForcibly);
            alice.sendMessage(talk.conversation(), "during", "during-1");
            JsonNode answer = alice.expectAny("sent", "error");
            if ("error".equals(text(answer, "event"))) {
                assertThat(text(answer, "code")).isEqualTo("unavailable");
            }
            assertRecovers(talk, alice, bob);
        }
    }

    /** Until it is closed no process of the database does anything; the first one stands still first, or it would make others. */
    private static final class Hang implements AutoCloseable {
        private final List<ProcessHandle> frozen = new ArrayList<>();

        Hang(ProcessHandle postmaster) {
            freeze(postmaster);
            postmaster.descendants().forEach(this::freeze);
        }

        private void freeze(ProcessHandle process) {
            frozen.add(process);
            TestServer.signal("STOP", process);
        }

        @Override
        public void close() {
            frozen.forEach(process -> TestServer.signal("CONT", process));
        }
    }

    /** The same sockets, the same message: stored once, number two, and received. */
    private void assertRecovers(Talk talk, DuetClient alice, DuetClient bob) {
        Awaitility.await("the retry is stored").atMost(RECOVERED_WITHIN).until(() -> {
            alice.sendMessage(talk.conversation(), "during", "during-1");
            JsonNode answer = alice.expectAny("sent", "error");
            return "sent".equals(text(answer, "event")) && number(answer, "sequence_number") == 2;
        });
        Awaitility.await("ready again")
                .atMost(RECOVERED_WITHIN)
                .until(() -> duet.rest().get("/health/ready", null).status() == 200);
        JsonNode received = bob.expect("new_message", frame -> true, Duration.ofSeconds(25));
        assertThat(text(received, "content")).isEqualTo("during");
        assertThat(number(received, "sequence_number")).isEqualTo(2);
        assertThat(bob.received("new_message")).hasSize(2);
        assertThat(alice.open()).isTrue();
        assertThat(bob.open()).isTrue();
    }

    @Test
    void sendsDuringAHangAreBounded() throws Exception {
        Talk talk = Talk.on(duet);
        try (DuetClient alice = talk.alice().online()) {
            String content = "x".repeat(9_000);
            int count = 2_000;
            Thread sending = new Thread(() -> {
                try {
                    for (int i = 0; i < count; i++) {
                        alice.sendMessage(talk.conversation(), content, "hang-" + i);
                    }
                } catch (java.io.IOException closed) {
                    // the assertions below tell
                }
            });
            try (Hang hang = new Hang(server.postmaster())) {
                sending.start();
                sending.join(2_000);
                assertThat(sending.isAlive())
                        .as("18 MB cannot be handed over while the server waits for 64 answers")
                        .isTrue();
            }
            for (int i = 0; i < count; i++) {
                JsonNode answer = alice.expectAny("sent", "error");
                if ("error".equals(text(answer, "event"))) {
                    assertThat(text(answer, "code")).isEqualTo("unavailable");
                }
            }
            sending.join(DuetClient.DEADLINE.toMillis());
            assertThat(number(talk.alice().conversation(talk.conversation()), "last_sequence"))
                    .isGreaterThanOrEqualTo(alice.received("sent").size());
        }
    }

    /** Every connection is lent to a request that waits for a lock. */
    @Test
    void exhaustedPoolMakesTheNodeUnreadyAndNotDead() throws Exception {
        Talk talk = Talk.on(duet);
        String token = talk.alice().signIn();
        ExecutorService asking = Executors.newFixedThreadPool(2 * POOL);
        try (Connection database = DriverManager.getConnection(server.databaseUrl());
                var statement = database.createStatement()) {
            database.setAutoCommit(false);
            statement.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");
            for (int i = 0; i < 2 * POOL; i++) {
                asking.execute(() -> duet.rest().get("/api/sessions", token));
            }
            Awaitility.await("no connection is left")
                    .atMost(ANSWERED_WITHIN)
                    .until(() -> server.metric("duet_pool_connections_in_use") >= POOL);
            assertThat(duet.rest().get("/health/ready", null).status()).isEqualTo(503);
            assertThat(duet.rest().get("/health/live", null).status()).isEqualTo(200);
            database.rollback();
        } finally {
            asking.shutdown();
        }
        Awaitility.await("ready again")
                .atMost(RECOVERED_WITHIN)
                .until(() -> duet.rest().get("/health/ready", null).status() == 200);
        assertThat(asking.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
}
