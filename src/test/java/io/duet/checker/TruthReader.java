package io.duet.checker;

import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import tools.jackson.databind.JsonNode;

/** Reads over REST what the server holds for true. */
final class TruthReader {

    private static final int PAGE = 200;

    private final Asker asker;
    private final World world;
    private final Wording wording;

    TruthReader(Asker asker, World world, Wording wording) {
        this.asker = asker;
        this.world = world;
        this.wording = wording;
    }

    /** Every page of every history, and all views; no statuses. */
    Truth read() {
        Truth truth = Truth.none();
        List<Callable<Truth.Pages>> calls = new ArrayList<>();
        for (World.Conversation conversation : world.conversations()) {
            calls.add(() -> new Truth.Pages(ascending(conversation), descending(conversation)));
        }
        List<Truth.Pages> pages = asker.all(calls);
        for (int i = 0; i < pages.size(); i++) {
            truth.pages().put(i, pages.get(i));
        }
        truth.views().putAll(views());
        return truth;
    }

    Map<Integer, Map<Integer, Frame.View>> views() {
        List<Callable<Map<Integer, Frame.View>>> calls = new ArrayList<>();
        for (World.Conversation conversation : world.conversations()) {
            calls.add(() -> {
                Map<Integer, Frame.View> both = new HashMap<>();
                both.put(conversation.one(), view(conversation, conversation.one()));
                both.put(conversation.other(), view(conversation, conversation.other()));
                return both;
            });
        }
        Map<Integer, Map<Integer, Frame.View>> views = new HashMap<>();
        List<Map<Integer, Frame.View>> answers = asker.all(calls);
        for (int i = 0; i < answers.size(); i++) {
            views.put(i, answers.get(i));
        }
        return views;
    }

    Frame.View view(World.Conversation conversation, int user) {
        return wording.view(asker.get(
                        "/api/conversations/" + conversation.id(),
                        world.user(user).token())
                .json());
    }

    private List<Frame.Message> ascending(World.Conversation conversation) {
        List<Frame.Message> all = new ArrayList<>();
        long after = 0;
        for (List<Frame.Message> page = null; page == null || page.size() == PAGE; ) {
            page = page(conversation, conversation.one(), "after_sequence=" + after);
            all.addAll(page);
            after = page.isEmpty() ? after : page.get(page.size() - 1).sequence();
        }
        return all;
    }

    private List<Frame.Message> descending(World.Conversation conversation) {
        List<Frame.Message> all = new ArrayList<>();
        String from = "";
        for (List<Frame.Message> page = null; page == null || page.size() == PAGE; ) {
            page = page(conversation, conversation.other(), from);
            all.addAll(page);
            from = page.isEmpty()
                    ? from
                    : "before_sequence=" + page.get(page.size() - 1).sequence();
        }
        Collections.reverse(all);
        return all;
    }

    private List<Frame.Message> page(World.Conversation conversation, int user, String range) {
        List<Frame.Message> page = new ArrayList<>();
        asker.get(
                        "/api/conversations/" + conversation.id() + "/messages?limit=" + PAGE + "&" + range,
                        world.user(user).token())
                .json()
                .get("items")
                .forEach(item -> page.add(wording.message(item)));
        return page;
    }

    /** What {@code GET /api/messages/{id}/status} says to the sender of each. */
    void readStatuses(Truth truth, Map<Frame.Message, Integer> conversationOf) {
        List<Callable<Truth.Status>> calls = new ArrayList<>();
        List<Frame.Message> messages = List.copyOf(conversationOf.keySet());
        for (Frame.Message message : messages) {
            calls.add(() -> status(message, conversationOf.get(message)));
        }
        List<Truth.Status> statuses = asker.all(calls);
        for (int i = 0; i < statuses.size(); i++) {
            truth.statuses().put(messages.get(i).id(), statuses.get(i));
        }
    }

    private Truth.Status status(Frame.Message message, int conversation) {
        JsonNode json = asker.get(
                        "/api/messages/" + message.id() + "/status",
                        world.user(message.sender()).token())
                .json();
        Map<Integer, Boolean> devices = new HashMap<>();
        json.get("items")
                .forEach(device -> devices.put(
                        world.deviceOf(uuid(device, "device_id")),
                        text(device, "status").equals("delivered")));
        return new Truth.Status(
                conversation, message.sequence(), json.get("read").booleanValue(), devices);
    }

    /** Whether each peer of the user is online, as the user is told. */
    Map<Integer, Boolean> presence(int user) {
        List<String> peers = world.conversationsOf(user).stream()
                .map(conversation -> world.user(conversation.peerOf(user)).id().toString())
                .toList();
        Map<Integer, Boolean> online = new HashMap<>();
        asker.get(
                        "/api/users/presence?user_ids=" + String.join(",", peers),
                        world.user(user).token())
                .json()
                .get("items")
                .forEach(item -> online.put(
                        world.userOf(uuid(item, "user_id")), item.get("online").booleanValue()));
        return online;
    }
}
