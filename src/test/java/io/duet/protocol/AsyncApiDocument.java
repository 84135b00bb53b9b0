package io.duet.protocol;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code docs/asyncapi.yaml}: the schema of each action and event, by its name on the wire. */
final class AsyncApiDocument {

    private final JsonNode root = new YAMLMapper().readTree(Path.of("docs/asyncapi.yaml"));
    private final Map<String, Schema> schemas = new TreeMap<>();
    private final Map<String, List<String>> properties = new TreeMap<>();
    private final List<JsonNode> examples = new ArrayList<>();

    AsyncApiDocument() {
        final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        for (final JsonNode message : root.at("/components/messages").values()) {
            final JsonNode payload =
                    root.at(message.at("/payload/$ref").asString().substring(1));
            final String name = name(payload.get("properties"));
            final ObjectNode schema = (ObjectNode) payload.deepCopy();
            schema.set("components", root.get("components"));
            schemas.put(name, registry.getSchema(schema));
            properties.put(name, List.copyOf(payload.get("properties").propertyNames()));
            message.get("examples").forEach(example -> examples.add(example.get("payload")));
        }
    }

    private static String name(JsonNode properties) {
        return properties.has("event")
                ? "event " + properties.at("/event/const").asString()
                : "action " + properties.at("/action/const").asString();
    }

    JsonNode root() {
        return root;
    }

    /** Every action and event, as in {@code action ping}, {@code event pong}. */
    Iterable<String> names() {
        return schemas.keySet();
    }

    List<JsonNode> examples() {
        return examples;
    }

    List<String> properties(String name) {
        return properties.get(name);
    }

    /** Whether {@code frame} is as the document says. */
    boolean allows(String name, String frame) {
        return schemas.get(name).validate(JsonMapper.shared().readTree(frame)).isEmpty();
    }
}
