package io.duet.protocol;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The members of one JSON object that the protocol knows, before it is clear which action they belong to. A member that is
 * JSON {@code null} is absent. Values keep their JSON type: a {@link String}, a {@link Long} within 0 and 2^53−1, a {@link
 * Map} of such values, or {@link #OTHER} for everything that no field of the protocol may be.
 */
final class RawFrame {

    private static final Object OTHER = new Object();
    private static final long MAX_INTEGER = (1L << 53) - 1;
    private static final int MAX_INTEGER_DIGITS = 16;

    private final Map<String, Object> members = new HashMap<>();

    private RawFrame() {}

    /**
     * Reads the only value that {@code parser} may hold.
     *
     * @throws Refusal when that is not exactly one object
     * @throws tools.jackson.core.JacksonException when it is not JSON, is nested too deep or repeats a key
     */
    static RawFrame read(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw Refusal.badRequest("a frame is one JSON object");
        }
        final RawFrame frame = new RawFrame();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            final JsonToken token = parser.nextToken();
            switch (name) {
                case "action",
                        "device_id",
                        "token",
                        "conversation_id",
                        "content",
                        "client_message_id",
                        "sequence_number",
                        "message_id",
                        "last_read_sequence",
                        "after_sequence",
                        "limit" -> frame.put(name, scalar(parser, token));
                case "last_sequences" ->
                    frame.put(name, token == JsonToken.START_OBJECT ? flat(parser) : scalar(parser, token));
                default -> parser.skipChildren();
            }
        }
        if (parser.nextToken() != null) {
            throw Refusal.badRequest("there is something after the JSON object");
        }
        return frame;
    }

    private void put(String name, Object value) {
        if (value != null) {
            members.put(name, value);
        }
    }

    private static Map<String, Object> flat(JsonParser parser) {
        final Map<String, Object> values = new HashMap<>();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            values.put(name, scalar(parser, parser.nextToken()));
        }
        return values;
    }

    private static Object scalar(JsonParser parser, JsonToken token) {
        return switch (token) {
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> integer(parser.getString());
            case VALUE_NULL -> null;
            default -> {
                parser.skipChildren();
                yield OTHER;
            }
        };
    }

    private static Object integer(String digits) {
        if (digits.length() > MAX_INTEGER_DIGITS || digits.charAt(0) == '-') {
            return OTHER;
        }
        final long value = Long.parseLong(digits);
        return value <= MAX_INTEGER ? (Object) value : OTHER;
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    String text(String name) {
        final Object value = required(name);
        if (value instanceof String text) {
            return text;
        }
        throw Refusal.badRequest(name + " must be a string");
    }

    Optional<String> optionalText(String name) {
        return has(name) ? Optional.of(text(name)) : Optional.empty();
    }

    UUID uuid(String name) {
        return Identifier.parse(text(name))
                .orElseThrow(() -> Refusal.badRequest(name + " must be a UUID in lower case"));
    }

    /** For an echo: the text when it is there and is one. */
    Optional<String> knownText(String name) {
        return members.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
    }

    /** For an echo: the identifier when it is there and valid. */
    Optional<UUID> knownUuid(String name) {
        return knownText(name).flatMap(Identifier::parse);
    }

    long integer(String name, long min, long max) {
        if (required(name) instanceof Long value && value >= min && value <= max) {
            return value;
        }
        throw Refusal.badRequest(name + " must be an integer from " + min + " to " + max);
    }

    long sequence(String name) {
        return integer(name, 0, MAX_INTEGER);
    }

    Map<UUID, Long> sequences(String name) {
        if (!has(name)) {
            return Map.of();
        }
        if (!(members.get(name) instanceof Map<?, ?> given)) {
            throw Refusal.badRequest(name + " must be an object");
        }
        final Map<UUID, Long> sequences = new HashMap<>();
        given.forEach((key, value) -> {
            final Optional<UUID> id = Identifier.parse((String) key);
            if (id.isEmpty() || !(value instanceof Long)) {
                throw Refusal.badRequest(name + " must map UUIDs in lower case to integers from 0 to " + MAX_INTEGER);
            }
            sequences.put(id.get(), (Long) value);
        });
        return sequences;
    }

    private Object required(String name) {
        final Object value = members.get(name);
        if (value == null) {
            throw Refusal.badRequest(name + " is missing");
        }
        return value;
    }
}
