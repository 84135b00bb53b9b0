package io.duet.checker;

import io.duet.checker.Violation.Kind;
import io.duet.system.client.Json;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/** The lie for each kind of violation that frames of a WebSocket can show. */
final class Tricks {
    /** Beyond any limit of a sync; a false {@code has_more} cannot be told from one that was true when it was said. */
    private static final int MORE_THAN_ASKED = 600;

    private static final int NOT_THERE = 100_000;

    private final Lies.Memory memory;
    private final Map<Kind, Lies.Trick> byKind = new EnumMap<>(Kind.class);

    Tricks(Lies.Memory memory) {
        this.memory = memory;
        onMessages();
        onAnswers();
        onHints();
        onSends();
    }

    Map<Kind, Lies.Trick> byKind() {
        return byKind;
    }

    private void onMessages() {
        on(Kind.GAP, "new_message", (leg, frame) -> List.of());
        on(Kind.TWICE, "new_message", (leg, frame) -> List.of(Json.write(frame), Json.write(frame)));
        on(Kind.OUT_OF_ORDER, "new_message", Tricks::hold);
        on(Kind.CHANGED, "new_message", (leg, frame) -> List.of(with(frame, "content", "not what was written")));
        on(
                Kind.MISDELIVERED,
                "new_message",
                (leg, frame) -> List.of(
                        Json.write(frame),
                        with(frame, "conversation_id", UUID.randomUUID().toString())));
        on(Kind.UNINTELLIGIBLE, "new_message", (leg, frame) -> List.of(Json.write(frame), "{\"event\":\"hello\"}"));
        on(
                Kind.REFUSED,
                "new_message",
                (leg, frame) -> List.of(
                        Json.write(frame),
                        Json.write(Map.of(
                                "event",
                                "error",
                                "code",
                                "not_found",
                                "message",
                                "no",
                                "retryable",
                                false,
                                "action",
                                "ack"))));
        on(Kind.NEVER_RECEIVED, "new_message", (leg, frame) -> {
            memory.withheld.put(leg.device, Json.text(frame, "message_id"));
            return List.of();
        });
        on(Kind.AGAIN_AFTER_ACK, "caught_up", (leg, frame) -> {
            ObjectNode old = memory.messages.get(leg.there);
            return old == null ? null : List.of(Json.write(old), Json.write(frame));
        });
        on(
                Kind.CAUGHT_UP_TOO_SOON,
                "new_message",
                (leg, frame) -> leg.catchingUp ? List.of("{\"event\":\"caught_up\"}", Json.write(frame)) : null);
    }

    private void onAnswers() {
        on(
                Kind.WRONG_DUPLICATE,
                "sent",
                (leg, frame) ->
                        List.of(with(frame, "duplicate", !frame.get("duplicate").booleanValue())));
        on(
                Kind.WRONG_SYNC,
                "synced",
                (leg, frame) ->
                        List.of(with(frame, "up_to_sequence", MORE_THAN_ASKED + Json.number(frame, "up_to_sequence"))));
    }

    private void onHints() {
        on(Kind.EARLY_DELIVERED, "sent", (leg, frame) -> {
            String device = leg.peerDevice.get(Json.text(frame, "conversation_id"));
            return device == null || memory.mayHave(device, frame)
                    ? null
                    : List.of(Json.write(frame), delivered(frame, device));
        });
        on(Kind.DELIVERED_TWICE, "delivered", (leg, frame) -> List.of(Json.write(frame), Json.write(frame)));
        on(
                Kind.WRONG_READ,
                "read",
                (leg, frame) ->
                        List.of(with(frame, "last_read_sequence", 5_000 + Json.number(frame, "last_read_sequence"))));
    }

    private static String delivered(ObjectNode sent, String device) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("event", "delivered");
        json.put("message_id", sent.get("message_id"));
        json.put("conversation_id", sent.get("conversation_id"));
        json.put("sequence_number", sent.get("sequence_number"));
        json.put("device_id", device);
        json.put("timestamp", sent.get("timestamp"));
        return Json.write(json);
    }

    private void onSends() {
        say(Kind.SENDS_SWAPPED, Tricks::hold);
        say(
                Kind.DOUBLE_ROW,
                (leg, frame) ->
                        List.of(Json.write(frame), with(frame, "client_message_id", "another-" + UUID.randomUUID())));
        say(Kind.LOST_SENT, (leg, frame) -> {
            leg.toClient.add(sentWithoutRow(frame));
            return List.of();
        });
        say(Kind.NEVER_ANSWERED, (leg, frame) -> {
            if (memory.swallowed != null) {
                return null;
            }
            memory.swallowed = Json.text(frame, "client_message_id");
            return List.of();
        });
    }

    private static String sentWithoutRow(ObjectNode send) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("event", "sent");
        json.put("client_message_id", send.get("client_message_id"));
        json.put("message_id", UUID.randomUUID());
        json.put("conversation_id", send.get("conversation_id"));
        json.put("sequence_number", NOT_THERE);
        json.put("timestamp", "2026-01-01T00:00:00.000Z");
        json.put("duplicate", false);
        return Json.write(json);
    }

    private static List<String> hold(Lies.Leg leg, ObjectNode frame) {
        leg.held = frame;
        return List.of();
    }

    /** Whether a frame may change places with one that was held. */
    static boolean sameStream(ObjectNode held, ObjectNode frame) {
        String name = held.has("event") ? "event" : "action";
        return frame.has(name)
                && held.get(name).equals(frame.get(name))
                && held.get("conversation_id").equals(frame.get("conversation_id"));
    }

    private void on(Kind kind, String event, Lies.Trick trick) {
        byKind.put(kind, (leg, frame) -> isEvent(frame, event) ? trick.play(leg, frame) : null);
    }

    private void say(Kind kind, Lies.Trick trick) {
        byKind.put(
                kind,
                (leg, frame) ->
                        frame.has("action") && Json.text(frame, "action").equals("send_message")
                                ? trick.play(leg, frame)
                                : null);
    }

    static boolean isEvent(ObjectNode frame, String event) {
        return frame.has("event") && frame.get("event").asString().equals(event);
    }

    private static String with(ObjectNode frame, String field, Object value) {
        ObjectNode changed = frame.deepCopy();
        changed.putPOJO(field, value);
        return Json.write(changed);
    }
}
