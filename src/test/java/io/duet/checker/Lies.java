package io.duet.checker;

import io.duet.checker.Violation.Kind;
import io.duet.system.client.Json;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lies about what client and server say to each other, one of each kind a few times, whenever an occasion offers itself. A lie
 * about a frame replaces it by none, one or more. Any thread may call.
 */
public final class Lies {

    private static final int TIMES = 3;
    private static final int FRAMES_BEFORE = 300;
    private static final int FRAMES_BETWEEN = 8;

    /** What was told, and about which sequence number; 0 where the frame had none. */
    public record Told(Kind kind, long sequence) {}

    /** A lie about one frame; null when it is no occasion. */
    interface Trick {
        List<String> play(Leg leg, ObjectNode frame);
    }

    /** One connection through the proxy, and what the liar remembers of it. */
    static final class Leg {
        final Queue<String> toClient = new ConcurrentLinkedQueue<>();
        final Map<String, String> peerDevice = new HashMap<>();
        String device = "";
        /** The id of a message that connect said to be there, or that the server had said before to be delivered to the device. */
        String there = "";

        boolean catchingUp;
        ObjectNode held;
        Kind heldFor;
    }

    private final Map<Kind, Trick> tricks;
    private final Map<Kind, Integer> times = new EnumMap<>(Kind.class);
    private final List<Told> told = new ArrayList<>();
    private final Memory memory = new Memory();
    private int frames;
    private int lastLie;

    public Lies() {
        tricks = new Tricks(memory).byKind();
    }

    Leg leg() {
        return new Leg();
    }

    /** Every kind of lie that there is about frames. */
    public static Set<Kind> kinds() {
        return new Tricks(new Memory()).byKind().keySet();
    }

    /** All lies so far. */
    public synchronized List<Told> told() {
        return List.copyOf(told);
    }

    /** What the client is told instead of this frame of the server. */
    synchronized void down(Leg leg, String text) {
        ObjectNode frame = (ObjectNode) Json.parse(text);
        frames++;
        memory.remember(leg, frame);
        leg.toClient.addAll(instead(leg, frame, text));
    }

    /** What the server is told instead of this frame of the client. */
    synchronized List<String> up(Leg leg, String text) {
        ObjectNode frame = (ObjectNode) Json.parse(text);
        frames++;
        memory.remember(leg, frame);
        return instead(leg, frame, text);
    }

    private List<String> instead(Leg leg, ObjectNode frame, String text) {
        if (memory.withholds(leg, frame)) {
            return List.of();
        }
        if (leg.held != null && Tricks.sameStream(leg.held, frame)) {
            Kind kind = leg.heldFor;
            String first = Json.write(leg.held);
            told.add(new Told(kind, sequence(leg.held)));
            leg.held = null;
            return List.of(text, first);
        }
        if (frames < FRAMES_BEFORE || frames - lastLie < FRAMES_BETWEEN || leg.held != null) {
            return List.of(text);
        }
        for (Kind kind : tricks.keySet()) {
            if (times.getOrDefault(kind, 0) < TIMES) {
                List<String> lie = tricks.get(kind).play(leg, frame);
                if (lie != null) {
                    times.merge(kind, 1, Integer::sum);
                    lastLie = frames;
                    if (leg.held == null) {
                        told.add(new Told(kind, sequence(frame)));
                    } else {
                        leg.heldFor = kind;
                    }
                    return lie;
                }
            }
        }
        return List.of(text);
    }

    private static long sequence(JsonNode frame) {
        JsonNode sequence = frame.get("sequence_number");
        return sequence == null ? 0 : sequence.asLong();
    }

    /** From now on REST lies too. */
    public synchronized void beginOverRest() {
        memory.restLies = true;
    }

    /** What the client reads instead of this part of a REST answer; as long. */
    synchronized String answer(String part) {
        return memory.restLies ? new RestLies(memory).instead(part) : part;
    }

    /** What all connections together have shown. */
    static final class Memory {
        final Map<String, ObjectNode> messages = new HashMap<>();
        final Map<String, String> withheld = new HashMap<>();
        private final Map<String, Long> acks = new HashMap<>();
        private final Set<String> singleAcks = new HashSet<>();
        /** By device, the latest that was delivered to it. */
        private final Map<String, String> delivered = new HashMap<>();

        String swallowed;
        String renumbered;
        private boolean restLies;

        private void remember(Leg leg, ObjectNode frame) {
            if (frame.has("action") && frame.get("action").asString().equals("ack")) {
                if (frame.has("message_id")) {
                    singleAcks.add(leg.device + Json.text(frame, "message_id"));
                } else {
                    acks.merge(
                            leg.device + Json.text(frame, "conversation_id"),
                            Json.number(frame, "sequence_number"),
                            Math::max);
                }
            } else if (frame.has("action") && frame.get("action").asString().equals("connect")) {
                leg.device = Json.text(frame, "device_id");
                leg.there = frame.has("last_sequences")
                        ? anyOf((ObjectNode) frame.get("last_sequences"))
                        : delivered.getOrDefault(leg.device, "");
                leg.catchingUp = true;
            } else if (Tricks.isEvent(frame, "caught_up")) {
                leg.catchingUp = false;
            } else if (Tricks.isEvent(frame, "new_message")) {
                messages.put(Json.text(frame, "message_id"), frame);
            } else if (Tricks.isEvent(frame, "delivered")) {
                leg.peerDevice.put(Json.text(frame, "conversation_id"), Json.text(frame, "device_id"));
                delivered.put(Json.text(frame, "device_id"), Json.text(frame, "message_id"));
            }
        }

        private String anyOf(ObjectNode lastSequences) {
            return messages.entrySet().stream()
                    .filter(message -> {
                        JsonNode last = lastSequences.get(Json.text(message.getValue(), "conversation_id"));
                        return last != null && last.asLong() == Json.number(message.getValue(), "sequence_number");
                    })
                    .map(Map.Entry::getKey)
                    .findAny()
                    .orElse("");
        }

        /** Whether the device has acknowledged anything of that conversation that may cover this message. */
        boolean mayHave(String device, ObjectNode sent) {
            return acks.getOrDefault(device + Json.text(sent, "conversation_id"), 0L)
                            >= Json.number(sent, "sequence_number")
                    || singleAcks.contains(device + Json.text(sent, "message_id"));
        }

        private boolean withholds(Leg leg, ObjectNode frame) {
            return Tricks.isEvent(frame, "new_message")
                            && Json.text(frame, "message_id").equals(withheld.get(leg.device))
                    || frame.has("client_message_id")
                            && frame.has("action")
                            && Json.text(frame, "client_message_id").equals(swallowed);
        }
    }
}
