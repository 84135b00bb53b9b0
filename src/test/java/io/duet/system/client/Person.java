package io.duet.system.client;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** Somebody with an account and a session. Any thread may call, but signing in is for one at a time. */
public final class Person {

    private final Duet duet;
    private final UUID userId;
    private final String username;
    private final String password;
    private volatile String token;

    Person(Duet duet, UUID userId, String username, String password) {
        this.duet = duet;
        this.userId = userId;
        this.username = username;
        this.password = password;
    }

    public UUID userId() {
        return userId;
    }

    public String username() {
        return username;
    }

    public String password() {
        return password;
    }

    /** The token of the newest sign-in. */
    public String token() {
        return token;
    }

    void use(String newToken) {
        token = newToken;
    }

    public Duet duet() {
        return duet;
    }

    /** The same person at another address of the same installation, for instance after a restart on another port. */
    public Person at(Duet other) {
        Person same = new Person(other, userId, username, password);
        same.token = token;
        return same;
    }

    /** Opens one more session and uses its token from now on. */
    public String signIn() {
        token = Json.text(
                duet.rest()
                        .post("/api/sessions", null, Map.of("username", username, "password", password))
                        .expect(201),
                "access_token");
        return token;
    }

    public Rest.Answer get(String path) {
        return duet.rest().get(path, token);
    }

    public Rest.Answer post(String path, Object body) {
        return duet.rest().post(path, token, body);
    }

    public Rest.Answer delete(String path) {
        return duet.rest().delete(path, token);
    }

    /** Registers a device of this type: phone, desktop or web. */
    public UUID device(String type) {
        return Json.uuid(post("/api/devices", Map.of("device_type", type)).expect(201), "device_id");
    }

    /** The conversation with somebody, new or not. */
    public UUID conversationWith(Person peer) {
        Rest.Answer answer = post(
                "/api/conversations", Map.of("recipient_user_id", peer.userId().toString()));
        return Json.uuid(answer.expect(answer.status() == 200 ? 200 : 201), "conversation_id");
    }

    /** Whether {@code GET /api/users/presence} says that somebody is online. */
    public boolean seesOnline(Person peer) {
        return get("/api/users/presence?user_ids=" + peer.userId())
                .expect(200)
                .get("items")
                .get(0)
                .get("online")
                .asBoolean();
    }

    /** What {@code GET /api/conversations/{id}} says. */
    public JsonNode conversation(UUID conversationId) {
        return get("/api/conversations/" + conversationId).expect(200);
    }

    /** A registered new device, connected and caught up. */
    public DuetClient online() throws IOException {
        return connect(device("web"));
    }

    /** Connects a device and waits for the end of its backlog, which stays to be read. */
    public DuetClient connect(UUID deviceId) throws IOException {
        DuetClient client = open(deviceId);
        client.expect("connected");
        client.expect("caught_up");
        return client;
    }

    /** Opens the socket with the token in the header and says {@code connect}, without waiting for the answer. */
    public DuetClient open(UUID deviceId) throws IOException {
        return open(deviceId, Map.of());
    }

    public DuetClient open(UUID deviceId, Map<UUID, Long> lastSequences) throws IOException {
        DuetClient client = new DuetClient(duet.chat().bearer(token).open(), duet.frameWitness());
        Map<String, Object> connect = new LinkedHashMap<>();
        connect.put("action", "connect");
        connect.put("device_id", deviceId.toString());
        if (!lastSequences.isEmpty()) {
            connect.put("last_sequences", lastSequences);
        }
        client.send(connect);
        return client;
    }
}
