package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Many devices come at once: those who are in go on, those who wait lose nothing, and one too many is told so. Whoever comes is
 * held up by a lock in the database for as long as the test wants.
 */
class AdmissionTest {
    private static final int AT_ONCE = 4;
    private static final int QUEUE = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static TestServer server;

    private final List<DuetClient> coming = new ArrayList<>();
    private Person traveller;
    private Connection lock;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of(
                "duet.admission.at-once", Integer.toString(AT_ONCE),
                "duet.admission.queue", Integer.toString(QUEUE),
                "duet.heartbeat.connect-timeout", "PT2S"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void lockTheFirstDevice() throws SQLException {
        traveller = server.duet().register();
        lock = DriverManager.getConnection(server.databaseUrl());
        lock.setAutoCommit(false);
    }

    @AfterEach
    void unlock() throws SQLException {
        coming.forEach(DuetClient::close);
        lock.close();
    }

    /** As many as may come in side by side and as many as may wait. */
    private void fillTheQueue() throws SQLException, IOException {
        final List<UUID> devices = new ArrayList<>();
        for (int i = 0; i < AT_ONCE + QUEUE; i++) {
            devices.add(traveller.device("web"));
        }
        try (var statement = lock.prepareStatement("SELECT 1 FROM devices WHERE user_id = ? FOR UPDATE")) {
            statement.setObject(1, traveller.userId());
            statement.executeQuery();
        }
        for (UUID device : devices) {
            coming.add(traveller.open(device));
        }
        await().atMost(PATIENCE).until(() -> server.metric("duet_admission_waiting_connections") == QUEUE);
    }

    @Test
    void thoseWhoAreInGoOnAndThoseWhoWaitLoseNothing() throws Exception {
        final Talk talk = Talk.on(server.duet());
        final UUID oneTooMany = traveller.device("web");
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            fillTheQueue();
            try (DuetClient refused = traveller.open(oneTooMany)) {
                refused.expectError("unavailable");
                refused.expectClose(1013);
            }
            try (DuetClient silent = new DuetClient(server.duet().chat().open(), server.contract()::witness)) {
                for (int i = 1; i <= 10; i++) {
                    alice.say(talk.conversation(), "while others wait " + i);
                    bob.expect("new_message");
                    bob.ackUpTo(talk.conversation(), i);
                    alice.expect("delivered");
                }
                silent.expectClose(4400);
            }
            assertThat(coming).allSatisfy(client -> {
                assertThat(client.open()).isTrue();
                assertThat(client.received()).isEmpty();
            });
            lock.rollback();
            for (DuetClient client : coming) {
                client.expect("connected");
                client.expect("caught_up");
            }
        }
        assertThat(server.metric("duet_admission_waiting_connections")).isZero();
    }

    @Test
    void whoWaitsTooLongIsToldToComeLater() throws Exception {
        fillTheQueue();
        await().atMost(PATIENCE)
                .until(() -> coming.stream().filter(DuetClient::open).count() == AT_ONCE);
        // Not always those who came first: their frames may have overtaken each other
        final Map<Boolean, List<DuetClient>> in = coming.stream().collect(Collectors.partitioningBy(DuetClient::open));
        for (DuetClient waiting : in.get(false)) {
            waiting.expectClose(1013);
        }
        lock.rollback();
        for (DuetClient client : in.get(true)) {
            client.expect("connected");
            client.expect("caught_up");
        }
    }
}
