package io.duet.system.client;

import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON of the tests; its own mapper, so that the server's codec is never judged by itself. */
public final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    public static JsonNode parse(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException notJson) {
            throw new AssertionError("not JSON: " + text, notJson);
        }
    }

    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** The names of all fields. */
    public static Set<String> fields(JsonNode object) {
        return new TreeSet<>(object.propertyNames());
    }

    /** The field as text; fails the test when it is absent or no text. */
    public static String text(JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isString()) {
            throw new AssertionError("no text " + field + " in " + object);
        }
        return value.asString();
    }

    public static UUID uuid(JsonNode object, String field) {
        return UUID.fromString(text(object, field));
    }

    public static long number(JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isIntegralNumber()) {
            throw new AssertionError("no integer " + field + " in " + object);
        }
        return value.asLong();
    }
}
