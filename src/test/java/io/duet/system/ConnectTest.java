package io.duet.system;

import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.HandshakeRefused;
import io.duet.system.client.Incoming;
import io.duet.system.client.Person;
import io.duet.system.client.RawWebSocket;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may have a connection, how it begins, and for how long it lasts. */
@ExtendWith(SharedServers.class)
class ConnectTest {

    private static final Duration WITHIN_TWO_SECONDS = Duration.ofSeconds(2);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"action\":\"ping\"}",
                "{\"action\":\"connect\"}",
                "{\"action\":\"connect\",\"device_id\":7}",
                "{\"action\":\"connect\",\"device_id\":\"x\"}",
                "{\"action\":\"connect\",\"device_id\":\"00000000-0000-0000-0000-000000000000\",\"last_sequences\":[]}",
                "{\"action\":\"connect\",",
                "null",
                "hello",
                ""
            })
    void firstFrameThatIsNoConnectEndsWith4400(String first, Duet duet) throws Exception {
        Person alice = duet.register();
        try (DuetClient client = client(duet, duet.chat().bearer(alice.token()))) {
            client.socket().sendText(first);
            client.expectClose(4400);
        }
    }

    @Test
    void silenceInsteadOfConnectEndsWith4400(@Brisk Duet duet) throws Exception {
        try (DuetClient client = client(duet, duet.chat())) {
            client.expectClose(4400);
        }
    }

    @Test
    void pingsDoNotReplaceConnect(@Brisk Duet duet) throws Exception {
        try (DuetClient client = client(duet, duet.chat())) {
            client.socket().sendPing(new byte[0]);
            client.expectClose(4400);
        }
    }

    @Test
    void unknownAndForeignDevicesAreAlike(Duet duet) throws Exception {
        Person alice = duet.register();
        UUID foreign = duet.register().device("phone");
        String first = null;
        for (UUID device : new UUID[] {UUID.randomUUID(), foreign}) {
            try (DuetClient client = alice.open(device)) {
                client.expectError("not_found");
                String answer = client.received().toString();
                assertThat(first == null || first.equals(answer)).as(answer).isTrue();
                first = answer;
                client.expectClose(4400);
            }
        }
    }

    @Test
    void deviceOfAnotherCannotBeDisplaced(Duet duet) throws Exception {
        Person alice = duet.register();
        Person mallory = duet.register();
        UUID device = alice.device("phone");
        try (DuetClient client = alice.connect(device);
                DuetClient intruder = mallory.open(device)) {
            intruder.expectError("not_found");
            client.ping();
            assertThat(client.open()).isTrue();
        }
    }

    @Test
    void tokenInTheFirstFrameServesAsWell(Duet duet) throws Exception {
        Person alice = duet.register();
        UUID device = alice.device("web");
        try (DuetClient client = client(duet, duet.chat())) {
            client.send(Map.of("action", "connect", "device_id", device, "token", alice.token()));
            client.expect("connected");
            client.expect("caught_up");
        }
    }

    @Test
    void tokenThatIsNoneEndsWith4401(Duet duet) throws Exception {
        Person alice = duet.register();
        UUID device = alice.device("web");
        String[] parts = alice.token().split("\\.");
        String unsigned = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        char last = parts[2].charAt(2);
        String tampered = parts[0] + "." + parts[1] + "." + parts[2].substring(0, 2) + (last == 'A' ? 'B' : 'A')
                + parts[2].substring(3);
        for (String token : new String[] {
            "", "x", unsigned + "." + parts[1] + ".", tampered, parts[0] + "." + parts[1] + ".", "a".repeat(20_000)
        }) {
            try (DuetClient client = client(duet, duet.chat())) {
                client.send(Map.of("action", "connect", "device_id", device, "token", token));
                client.expectClose(4401);
                assertThat(client.received("connected")).isEmpty();
            }
            if (token.length() < 1000) {
                duet.rest().get("/api/users/me", token).expectProblem(401, "unauthorized");
            }
        }
        try (DuetClient client = client(duet, duet.chat().bearer(tampered))) {
            client.send(Map.of("action", "connect", "device_id", device));
            client.expectClose(4401);
        }
    }

    @Test
    void tokensOfSimultaneousUpgradesDoNotMix(Duet duet) throws Exception {
        Person[] people = {duet.register(), duet.register(), null};
        UUID[] devices = {people[0].device("web"), people[1].device("web"), UUID.randomUUID()};
        ExecutorService clients = Executors.newFixedThreadPool(people.length);
        try {
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < people.length; i++) {
                Person person = people[i];
                UUID device = devices[i];
                futures.add(clients.submit(() -> {
                    for (int round = 0; round < 60; round++) {
                        connectAs(duet, person, device);
                    }
                    return null;
                }));
            }
            for (Future<?> future : futures) {
                future.get(60, TimeUnit.SECONDS);
            }
        } finally {
            clients.shutdownNow();
        }
    }

    /** Nobody has no token, and must be nobody whoever else upgrades at the same time. */
    private static void connectAs(Duet duet, Person person, UUID device) throws IOException {
        if (person == null) {
            try (DuetClient client = client(duet, duet.chat())) {
                client.send(Map.of("action", "connect", "device_id", device));
                client.expectClose(4401);
            }
            return;
        }
        try (DuetClient client = person.open(device)) {
            assertThat(text(client.expect("connected"), "user_id"))
                    .isEqualTo(person.userId().toString());
            client.expect("caught_up");
        }
    }

    @Test
    void tokenInAnyOtherPlaceIsNoToken(Duet duet) throws Exception {
        Person alice = duet.register();
        UUID device = alice.device("web");
        String token = alice.token();
        Iterable<RawWebSocket.Upgrade> upgrades = List.of(
                duet.chat("?token=" + token),
                duet.chat("?access_token=" + token),
                duet.chat().header("Cookie", "token=" + token + "; access_token=" + token),
                duet.chat().header("Sec-WebSocket-Protocol", "bearer, " + token),
                duet.chat().header("Authorization", "Basic " + token),
                duet.chat().header("X-Access-Token", token));
        for (RawWebSocket.Upgrade upgrade : upgrades) {
            try (RawWebSocket socket = upgrade.open()) {
                assertThat(socket.responseHeader("sec-websocket-protocol")).isNull();
                socket.sendText("{\"action\":\"connect\",\"device_id\":\"" + device + "\"}");
                Incoming answer = socket.receive(DuetClient.DEADLINE);
                assertThat(answer)
                        .isInstanceOfSatisfying(
                                Incoming.Close.class,
                                close -> assertThat(close.code()).isEqualTo(4401));
            }
        }
        for (String path : new String[] {"/api/users/me?token=" + token, "/api/users/me?access_token=" + token}) {
            duet.rest().get(path, null).expectProblem(401, "unauthorized");
        }
        duet.rest()
                .call("GET", "/api/users/me")
                .header("Cookie", "token=" + token)
                .send()
                .expectProblem(401, "unauthorized");
    }

    @Test
    void originMustBeOwnOrAllowed(Duet duet) throws Exception {
        Person alice = duet.register();
        for (String allowed : new String[] {duet.base().toString(), SharedServers.ALLOWED_ORIGIN}) {
            try (RawWebSocket socket = duet.chat().header("Origin", allowed).open()) {
                assertThat(socket.responseHeader("upgrade")).isEqualToIgnoringCase("websocket");
            }
            assertThat(create(alice, allowed)).isEqualTo(201);
        }
        for (String foreign : new String[] {
            "https://evil.example",
            "null",
            SharedServers.ALLOWED_ORIGIN + ".evil.example",
            SharedServers.ALLOWED_ORIGIN.replace("https", "http"),
            "http://" + duet.base().getHost() + ":1",
        }) {
            HandshakeRefused refused = catchThrowableOfType(
                    HandshakeRefused.class,
                    () -> duet.chat().header("Origin", foreign).open().close());
            assertThat(refused).as(foreign).isNotNull();
            assertThat(refused.status()).isEqualTo(403);
            assertThat(create(alice, foreign)).as(foreign).isEqualTo(403);
        }
    }

    private static int create(Person person, String origin) {
        return person.duet()
                .rest()
                .call("POST", "/api/devices")
                .bearer(person.token())
                .header("Origin", origin)
                .json(Map.of("device_type", "web"))
                .send()
                .status();
    }

    @Test
    void secondConnectIsABadRequestAndNoMore(Duet duet) throws Exception {
        Person alice = duet.register();
        UUID device = alice.device("web");
        try (DuetClient client = alice.connect(device)) {
            client.send(Map.of("action", "connect", "device_id", device));
            assertThat(text(client.expectError("bad_request"), "action")).isEqualTo("connect");
            client.ping();
        }
    }

    @Test
    void authenticateKeepsTheConnectionBeyondItsFirstToken(@Brisk Duet duet) throws Exception {
        Person alice = duet.register();
        UUID device = alice.device("web");
        Instant firstEnds = Instant.now().plus(SharedServers.BRISK_TOKEN_LIFETIME);
        String first = alice.signIn();
        try (DuetClient renewed = alice.connect(device);
                DuetClient left = alice.connect(alice.device("phone"))) {
            left.socket().sendPing(new byte[0]);
            keepAlive(firstEnds.minus(SharedServers.BRISK_TOKEN_LIFETIME.dividedBy(2)), renewed, left);
            String second = text(
                    duet.rest()
                            .call("POST", "/api/sessions/renewal")
                            .bearer(first)
                            .send()
                            .expect(201),
                    "access_token");
            renewed.send(Map.of("action", "authenticate", "token", second));
            assertThat(Instant.parse(text(renewed.expect("authenticated"), "expires_at")))
                    .isAfter(firstEnds);
            keepAlive(firstEnds.minusSeconds(2), renewed, left);
            while (left.open()) {
                renewed.ping();
                LockSupport.parkNanos(Duration.ofMillis(400).toNanos());
            }
            left.expectClose(4401);
            renewed.ping();
        }
    }

    private static void keepAlive(Instant until, DuetClient... clients) throws Exception {
        while (Instant.now().isBefore(until)) {
            for (DuetClient client : clients) {
                client.ping();
            }
            LockSupport.parkNanos(Duration.ofMillis(400).toNanos());
        }
    }

    @Test
    void authenticateAsSomebodyElseIsUnauthorizedAndChangesNothing(Duet duet) throws Exception {
        Person alice = duet.register();
        Person mallory = duet.register();
        try (DuetClient client = alice.online()) {
            client.send(Map.of("action", "authenticate", "token", mallory.token()));
            client.expectError("unauthorized");
            client.send(Map.of("action", "authenticate", "token", "x.y.z"));
            client.expectError("unauthorized");
            client.ping();
        }
    }

    @Test
    void revokedSessionClosesItsSocketsAndNoOthers(Duet duet) throws Exception {
        Person alice = duet.register();
        String kept = alice.token();
        UUID keptDevice = alice.device("web");
        try (DuetClient other = alice.connect(keptDevice)) {
            String revoked = alice.signIn();
            UUID device = alice.device("phone");
            try (DuetClient one = alice.connect(device)) {
                duet.rest().delete("/api/sessions", revoked).expect(204);
                one.expectClose(4401, WITHIN_TWO_SECONDS);
            }
            duet.rest().get("/api/users/me", revoked).expectProblem(401, "unauthorized");
            try (DuetClient again = client(duet, duet.chat().bearer(revoked))) {
                again.send(Map.of("action", "connect", "device_id", device));
                again.expectClose(4401);
            }
            other.ping();
            duet.rest().get("/api/users/me", kept).expect(200);
        }
    }

    @Test
    void silenceEndsWith4408AndAnyFrameKeepsTheConnection(@Brisk Duet duet) throws Exception {
        Person alice = duet.register();
        UUID quiet = alice.device("web");
        UUID pinging = alice.device("phone");
        UUID ponging = alice.device("desktop");
        alice.signIn();
        try (DuetClient silent = alice.connect(quiet);
                DuetClient pings = alice.connect(pinging);
                DuetClient pongs = alice.connect(ponging)) {
            while (silent.open()) {
                pings.ping();
                pongs.socket().sendPong(new byte[0]);
                LockSupport.parkNanos(Duration.ofMillis(400).toNanos());
            }
            silent.expectClose(4408);
            pings.ping();
            pongs.ping();
        }
    }

    @Test
    void whoWaitsForConnectedIsNotSilentAndWhoGaveUpDisplacesNobody(@Brisk TestServer server) throws Exception {
        Person alice = server.duet().register();
        UUID phone = alice.device("phone");
        try (Connection database = DriverManager.getConnection(server.databaseUrl())) {
            database.setAutoCommit(false);
            lock(database, phone);
            try (DuetClient waiting = alice.open(phone)) {
                waiting.expectClose(1013);
            }
            database.rollback();
            alice.signIn();
            try (DuetClient again = alice.connect(phone)) {
                again.ping();
                assertThat(lock(database, phone)).as("admissions").isEqualTo(1);
            }
            database.rollback();
        }
    }

    /** Answers how often the device was admitted. */
    private static long lock(Connection database, UUID device) throws SQLException {
        try (var select = database.prepareStatement("SELECT admissions FROM devices WHERE device_id = ? FOR UPDATE")) {
            select.setObject(1, device);
            try (var row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    @Test
    void halfOpenConnectionsMessagesComeAgain(@Brisk Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        talk.bob().signIn();
        talk.alice().signIn();
        RawWebSocket halfOpen = duet.chat().bearer(talk.bob().token()).open();
        halfOpen.sendText("{\"action\":\"connect\",\"device_id\":\"" + phone + "\"}");
        assertThat(((Incoming.Text) halfOpen.receive(DuetClient.DEADLINE)).text())
                .contains("\"connected\"");
        try (halfOpen;
                DuetClient alice = talk.alice().online()) {
            alice.say(talk.conversation(), "into the void");
            try (DuetClient bob = talk.bob().connect(phone)) {
                assertThat(text(bob.expect("new_message"), "content")).isEqualTo("into the void");
            }
        }
    }

    private static DuetClient client(Duet duet, RawWebSocket.Upgrade upgrade) throws IOException {
        return new DuetClient(upgrade.open(), frame -> {});
    }
}
