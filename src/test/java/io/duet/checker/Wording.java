package io.duet.checker;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;

import io.duet.system.client.Json;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Between the JSON of the wire and the journal's {@link Frame}s. */
final class Wording {

    private final World world;
    private final Texts texts;

    Wording(World world, Texts texts) {
        this.world = world;
        this.texts = texts;
    }

    /** The text of a frame that a client says. */
    String write(Frame frame) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (frame instanceof Frame.Send send) {
            json.put("action", "send_message");
            json.put("conversation_id", world.conversation(send.conversation()).id());
            json.put("content", texts.content(send.key(), send.variant()));
            json.put("client_message_id", texts.clientMessageId(send.key()));
        } else if (frame instanceof Frame.AckUpTo ack) {
            json.put("action", "ack");
            json.put("conversation_id", world.conversation(ack.conversation()).id());
            json.put("sequence_number", ack.sequence());
        } else if (frame instanceof Frame.AckOne ack) {
            json.put("action", "ack");
            json.put("message_id", ack.messageId());
        } else if (frame instanceof Frame.ReadUpTo read) {
            json.put("action", "read_receipt");
            json.put("conversation_id", world.conversation(read.conversation()).id());
            json.put("last_read_sequence", read.sequence());
        } else if (frame instanceof Frame.Sync sync) {
            json.put("action", "sync");
            json.put("conversation_id", world.conversation(sync.conversation()).id());
            json.put("after_sequence", sync.after());
            json.put("limit", sync.limit());
        } else if (frame instanceof Frame.Type typing) {
            json.put("action", "typing");
            json.put(
                    "conversation_id", world.conversation(typing.conversation()).id());
        } else {
            throw new IllegalArgumentException("no client says " + frame);
        }
        return Json.write(json);
    }

    /** The text of the first frame of a device. */
    String connect(int device, Frame.Connect connect) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("action", "connect");
        json.put("device_id", world.device(device).id());
        if (!connect.lastSequences().isEmpty()) {
            Map<String, Long> last = new LinkedHashMap<>();
            connect.lastSequences()
                    .forEach((conversation, sequence) ->
                            last.put(world.conversation(conversation).id().toString(), sequence));
            json.put("last_sequences", last);
        }
        return Json.write(json);
    }

    /** What the server has said; null for what need not be kept ({@code pong}). */
    Frame read(String frame) {
        try {
            return read(Json.parse(frame));
        } catch (AssertionError | RuntimeException notAsAgreed) {
            return new Frame.Unintelligible(notAsAgreed.getMessage() + ": " + frame);
        }
    }

    private Frame read(JsonNode frame) {
        return switch (text(frame, "event")) {
            case "connected" ->
                new Frame.Connected(
                        uuid(frame, "session_id"),
                        frame.get("heartbeat_interval").asDouble(),
                        frame.get("reconnect_delay").asDouble());
            case "caught_up" -> new Frame.CaughtUp();
            case "new_message" -> new Frame.NewMessage(conversation(frame), message(frame));
            case "sent" ->
                new Frame.Sent(
                        conversation(frame),
                        texts.key(text(frame, "client_message_id")),
                        uuid(frame, "message_id"),
                        number(frame, "sequence_number"),
                        timestamp(frame),
                        frame.get("duplicate").booleanValue());
            case "delivered" ->
                new Frame.Delivered(
                        conversation(frame),
                        uuid(frame, "message_id"),
                        number(frame, "sequence_number"),
                        world.deviceOf(uuid(frame, "device_id")));
            case "read" ->
                new Frame.Read(
                        conversation(frame),
                        world.userOf(uuid(frame, "reader_id")),
                        number(frame, "last_read_sequence"));
            case "presence" ->
                new Frame.Presence(
                        world.userOf(uuid(frame, "user_id")),
                        frame.get("online").booleanValue(),
                        has(frame, "last_seen_at"));
            case "typing" -> new Frame.Typing(conversation(frame), world.userOf(uuid(frame, "user_id")));
            case "synced" ->
                new Frame.Synced(
                        conversation(frame),
                        number(frame, "up_to_sequence"),
                        frame.get("has_more").booleanValue());
            case "error" -> refused(frame);
            case "pong" -> null;
            default -> new Frame.Unintelligible("no such event: " + frame);
        };
    }

    private Frame refused(JsonNode frame) {
        return new Frame.Refused(
                text(frame, "code"),
                frame.get("retryable").booleanValue(),
                has(frame, "retry_after") ? frame.get("retry_after").asDouble() : 0,
                has(frame, "action") ? text(frame, "action") : "",
                has(frame, "client_message_id") ? texts.key(text(frame, "client_message_id")) : 0);
    }

    private int conversation(JsonNode frame) {
        return world.conversationOf(uuid(frame, "conversation_id"));
    }

    /** Also of a history page. */
    Frame.Message message(JsonNode json) {
        return new Frame.Message(
                number(json, "sequence_number"),
                uuid(json, "message_id"),
                world.userOf(uuid(json, "sender_id")),
                has(json, "client_message_id") ? texts.key(text(json, "client_message_id")) : 0,
                Texts.hash(text(json, "content")),
                timestamp(json));
    }

    /** What {@code GET /api/conversations/{id}} says. */
    Frame.View view(JsonNode json) {
        return new Frame.View(
                conversation(json),
                number(json, "last_sequence"),
                number(json, "unread_count"),
                number(json, "my_last_read_sequence"),
                number(json, "peer_last_read_sequence"),
                number(json, "peer_delivered_sequence"));
    }

    private static long timestamp(JsonNode json) {
        return Instant.parse(text(json, "timestamp")).toEpochMilli();
    }

    private static boolean has(JsonNode json, String field) {
        return json.get(field) != null && !json.get(field).isNull();
    }
}
