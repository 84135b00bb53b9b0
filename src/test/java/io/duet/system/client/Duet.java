package io.duet.system.client;

import java.net.URI;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * A running server as its clients see it: an address. Everything that is said to it and heard from it passes the two
 * witnesses. Any thread may call.
 */
public final class Duet {

    private static final AtomicLong PEOPLE = new AtomicLong();

    private final URI base;
    private final Rest rest;
    private final Consumer<JsonNode> frameWitness;

    public Duet(URI base, Consumer<Rest.Exchange> restWitness, Consumer<JsonNode> frameWitness) {
        this.base = base;
        this.rest = new Rest(base, restWitness);
        this.frameWitness = frameWitness;
    }

    public Duet(URI base) {
        this(base, exchange -> {}, frame -> {});
    }

    public URI base() {
        return base;
    }

    public Rest rest() {
        return rest;
    }

    /** An upgrade request to the socket endpoint, with whatever the test adds to it. */
    public RawWebSocket.Upgrade chat() {
        return chat("");
    }

    /** @param query as in {@code ?token=x}, or empty */
    public RawWebSocket.Upgrade chat(String query) {
        return RawWebSocket.to(URI.create("ws://" + base.getHost() + ":" + base.getPort() + "/chat" + query));
    }

    /** Registers and signs in somebody whose name nobody else has. */
    public Person register() {
        String username = "p" + Long.toString(PEOPLE.incrementAndGet(), 36) + "."
                + UUID.randomUUID().toString().substring(0, 8);
        return register(username);
    }

    public Person register(String username) {
        String password = "correct horse battery " + username;
        JsonNode user = rest.post(
                        "/api/users",
                        null,
                        Map.of("username", username, "email", username + "@example.org", "password", password))
                .expect(201);
        Person person = new Person(this, Json.uuid(user, "user_id"), username, password);
        person.signIn();
        return person;
    }

    /** Somebody who has an account already, or gets one by signing in. */
    public Person signIn(String username, String password) {
        JsonNode granted = rest.post("/api/sessions", null, Map.of("username", username, "password", password))
                .expect(201);
        Person person = new Person(this, Json.uuid(granted, "user_id"), username, password);
        person.use(Json.text(granted, "access_token"));
        return person;
    }

    Consumer<JsonNode> frameWitness() {
        return frameWitness;
    }
}
