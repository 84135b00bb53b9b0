package io.duet.checker;

import io.duet.system.client.Json;
import io.duet.system.client.Rest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import tools.jackson.databind.JsonNode;

/** Brings people, devices and conversations into being over REST, as anybody would. */
final class People {

    private static final String[] TYPES = {"phone", "desktop", "web"};

    private final Asker asker;

    People(Asker asker) {
        this.asker = asker;
    }

    /** A world for these settings: everybody talks with the next few, in a ring. */
    World settle(Settings settings, String prefix) {
        World world = new World();
        List<Callable<Account>> registrations = new ArrayList<>();
        for (int i = 0; i < settings.users(); i++) {
            String username = prefix + "." + i;
            registrations.add(() -> register(username));
        }
        asker.all(registrations).forEach(account -> world.addUser(account.id(), account.username(), account.token()));
        List<Callable<UUID>> devices = new ArrayList<>();
        for (World.Someone user : world.users()) {
            for (int i = 0; i < settings.devices(); i++) {
                String type = TYPES[i % TYPES.length];
                devices.add(() -> device(user.token(), type));
            }
        }
        List<UUID> ids = asker.all(devices);
        for (int i = 0; i < ids.size(); i++) {
            world.addDevice(ids.get(i), i / settings.devices(), false);
        }
        beginConversations(settings, world);
        return world;
    }

    private record Account(UUID id, String username, String token) {}

    private Account register(String username) {
        String password = "correct horse " + username;
        Map<String, String> account =
                Map.of("username", username, "email", username + "@example.org", "password", password);
        asker.ask(node -> node.post("/api/users", null, account));
        JsonNode session = asker.ask(
                        node -> node.post("/api/sessions", null, Map.of("username", username, "password", password)))
                .expect(201);
        return new Account(Json.uuid(session, "user_id"), username, Json.text(session, "access_token"));
    }

    UUID device(String token, String type) {
        return Json.uuid(
                asker.ask(node -> node.post("/api/devices", token, Map.of("device_type", type)))
                        .expect(201),
                "device_id");
    }

    private void beginConversations(Settings settings, World world) {
        List<int[]> pairs = new ArrayList<>();
        List<Callable<UUID>> calls = new ArrayList<>();
        int users = world.users().size();
        for (int distance = 1; distance <= Math.min(settings.peers(), users / 2); distance++) {
            for (int i = 0; i < users && !(2 * distance == users && i >= distance); i++) {
                World.Someone one = world.user(i);
                World.Someone other = world.user((i + distance) % users);
                pairs.add(new int[] {one.index(), other.index()});
                calls.add(() -> conversation(one, other));
            }
        }
        List<UUID> ids = asker.all(calls);
        for (int i = 0; i < ids.size(); i++) {
            world.addConversation(ids.get(i), pairs.get(i)[0], pairs.get(i)[1]);
        }
    }

    private UUID conversation(World.Someone one, World.Someone other) {
        Rest.Answer answer = asker.ask(node -> node.post(
                "/api/conversations",
                one.token(),
                Map.of("recipient_user_id", other.id().toString())));
        return Json.uuid(answer.expect(answer.status() == 200 ? 200 : 201), "conversation_id");
    }
}
