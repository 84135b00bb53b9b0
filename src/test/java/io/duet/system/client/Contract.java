package io.duet.system.client;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The documents {@code docs/asyncapi.yaml} and {@code docs/openapi.yaml} as judges of what a server says. A witness never
 * throws; what does not conform is kept until somebody takes it. Any thread.
 */
public final class Contract {

    private static final int MOST_VIOLATIONS = 50;

    private final Map<String, Schema> events = new HashMap<>();
    private final List<Operation> operations = new ArrayList<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    /** One method of one path; a status's schema is absent when its answer has no body. */
    private record Operation(String name, String method, Pattern path, Map<String, Map<String, Schema>> answers) {}

    private Contract(JsonNode asyncApi, JsonNode openApi) {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        readEvents(registry, asyncApi);
        readOperations(registry, openApi);
    }

    /** The documents of the working directory, which is the project's when its build runs. */
    public static Contract ofThisBuild() {
        return new Contract(read(Path.of("docs/asyncapi.yaml")), read(Path.of("docs/openapi.yaml")));
    }

    public static JsonNode read(Path yaml) {
        try {
            return parseYaml(Files.readString(yaml));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public static JsonNode parseYaml(String yaml) {
        return YAMLMapper.builder().build().readTree(yaml);
    }

    private void readEvents(SchemaRegistry registry, JsonNode asyncApi) {
        asyncApi.at("/components/messages").properties().forEach(entry -> {
            JsonNode payload = resolve(asyncApi, entry.getValue().get("payload"));
            JsonNode event = resolve(asyncApi, payload).at("/properties/event/const");
            if (event.isString()) {
                events.put(event.asString(), schema(registry, asyncApi, payload));
            }
        });
    }

    private void readOperations(SchemaRegistry registry, JsonNode openApi) {
        openApi.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(method -> {
                    if (!method.getValue().has("responses")) {
                        return;
                    }
                    Map<String, Map<String, Schema>> answers = new HashMap<>();
                    method.getValue().get("responses").properties().forEach(response -> {
                        Map<String, Schema> types = new HashMap<>();
                        JsonNode content = resolve(openApi, response.getValue()).get("content");
                        if (content != null) {
                            content.properties()
                                    .forEach(type -> types.put(
                                            type.getKey(),
                                            schema(
                                                    registry,
                                                    openApi,
                                                    type.getValue().get("schema"))));
                        }
                        answers.put(response.getKey(), types);
                    });
                    String name = method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey();
                    Pattern pattern = Pattern.compile(path.getKey().replaceAll("\\{[^}]+}", "[^/]+"));
                    operations.add(new Operation(name, method.getKey().toUpperCase(Locale.ROOT), pattern, answers));
                }));
    }

    private static JsonNode resolve(JsonNode document, JsonNode node) {
        JsonNode resolved = node;
        while (resolved.has("$ref")) {
            resolved = document.at(resolved.get("$ref").asString().substring(1));
        }
        return resolved;
    }

    /** The schema with the document's components beside it, as definitions, so that its references lead somewhere. */
    private static Schema schema(SchemaRegistry registry, JsonNode document, JsonNode node) {
        ObjectNode alone = JsonMapper.shared().createObjectNode();
        alone.setAll((ObjectNode) node.deepCopy());
        alone.set("$defs", document.at("/components/schemas"));
        return registry.getSchema(
                JsonMapper.shared().readTree(alone.toString().replace("#/components/schemas/", "#/$defs/")));
    }

    /** Judges a frame of the server. */
    public void witness(JsonNode frame) {
        JsonNode event = frame.get("event");
        Schema schema = event == null ? null : events.get(event.asString());
        if (schema == null) {
            violation("no such event: " + frame);
            return;
        }
        seen.add(event.asString());
        judge(schema, frame, "frame");
    }

    /** Judges a REST answer. */
    public void witness(Rest.Exchange exchange) {
        String path = exchange.path().replaceAll("\\?.*", "");
        int status = exchange.answer().status();
        String what = exchange.method() + " " + path + " -> " + status;
        Operation operation = operations.stream()
                .filter(candidate -> candidate.method().equals(exchange.method())
                        && candidate.path().matcher(path).matches())
                .findFirst()
                .orElse(null);
        if (operation == null) {
            if (path.startsWith("/api/") && status != 404 && status != 405) {
                violation("undocumented: " + what);
            }
            return;
        }
        Map<String, Schema> types = operation.answers().get(Integer.toString(status));
        if (types == null) {
            violation("undocumented status: " + what + " " + exchange.answer().raw());
            return;
        }
        seen.add(operation.name() + " " + status);
        String type =
                exchange.answer().headers().getOrDefault("content-type", "").replaceAll(";.*", "");
        if (types.isEmpty() || exchange.answer().raw().isEmpty()) {
            if (!types.isEmpty() || !exchange.answer().raw().isEmpty()) {
                violation("body where none is documented, or none where one is: " + what);
            }
        } else if (!types.containsKey(type)) {
            violation("undocumented type " + type + ": " + what);
        } else if (type.equals("application/jsonl")) {
            exchange.answer().raw().lines().forEach(line -> judge(types.get(type), Json.parse(line), what));
        } else if (type.endsWith("json")) {
            judge(types.get(type), exchange.answer().json(), what);
        }
    }

    private void judge(Schema schema, JsonNode value, String what) {
        List<Error> errors = schema.validate(value);
        if (!errors.isEmpty()) {
            violation(what + " " + value + ": "
                    + errors.stream().map(Error::toString).toList());
        }
    }

    private void violation(String what) {
        if (violations.size() < MOST_VIOLATIONS) {
            violations.add(what);
        }
    }

    /** Gives and forgets what did not conform. */
    public Collection<String> takeViolations() {
        List<String> taken = new ArrayList<>();
        for (String violation = violations.poll(); violation != null; violation = violations.poll()) {
            taken.add(violation);
        }
        return taken;
    }

    /** All events that the contract knows. */
    public Set<String> events() {
        return new TreeSet<>(events.keySet());
    }

    /** All operations that the contract knows, as in {@code GET /api/users/me}. */
    public Set<String> operations() {
        Set<String> names = new TreeSet<>();
        operations.forEach(operation -> names.add(operation.name()));
        return names;
    }

    /** Events by name, and operations with their status, that have been judged so far. */
    public Set<String> seen() {
        return new TreeSet<>(seen);
    }
}
