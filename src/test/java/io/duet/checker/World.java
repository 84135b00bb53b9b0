package io.duet.checker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Who is there: people, their devices, their conversations, each by an index and by the server's id. Grows only. */
final class World {

    record Someone(int index, UUID id, String username, String token) {}

    /** @param late registered while messages were flying; owed only what was stored afterwards */
    record Device(int index, UUID id, int user, boolean late) {}

    /** {@code users} in no particular order. */
    record Conversation(int index, UUID id, int one, int other) {
        int peerOf(int user) {
            return user == one ? other : one;
        }

        boolean has(int user) {
            return user == one || user == other;
        }
    }

    private final List<Someone> users = new ArrayList<>();
    private final List<Device> devices = new ArrayList<>();
    private final List<Conversation> conversations = new ArrayList<>();
    private final Map<UUID, Integer> userIndex = new HashMap<>();
    private final Map<UUID, Integer> deviceIndex = new HashMap<>();
    private final Map<UUID, Integer> conversationIndex = new HashMap<>();

    Someone addUser(UUID id, String username, String token) {
        Someone user = new Someone(users.size(), id, username, token);
        users.add(user);
        userIndex.put(id, user.index());
        return user;
    }

    Device addDevice(UUID id, int user, boolean late) {
        Device device = new Device(devices.size(), id, user, late);
        devices.add(device);
        deviceIndex.put(id, device.index());
        return device;
    }

    Conversation addConversation(UUID id, int one, int other) {
        Conversation conversation = new Conversation(conversations.size(), id, one, other);
        conversations.add(conversation);
        conversationIndex.put(id, conversation.index());
        return conversation;
    }

    List<Someone> users() {
        return users;
    }

    List<Device> devices() {
        return devices;
    }

    List<Conversation> conversations() {
        return conversations;
    }

    Someone user(int index) {
        return users.get(index);
    }

    Device device(int index) {
        return devices.get(index);
    }

    Conversation conversation(int index) {
        return conversations.get(index);
    }

    List<Device> devicesOf(int user) {
        return devices.stream().filter(device -> device.user() == user).toList();
    }

    List<Conversation> conversationsOf(int user) {
        return conversations.stream()
                .filter(conversation -> conversation.has(user))
                .toList();
    }

    int userOf(UUID id) {
        return userIndex.getOrDefault(id, -1);
    }

    int deviceOf(UUID id) {
        return deviceIndex.getOrDefault(id, -1);
    }

    int conversationOf(UUID id) {
        return conversationIndex.getOrDefault(id, -1);
    }
}
