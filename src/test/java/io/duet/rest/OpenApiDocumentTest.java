package io.duet.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.duet.protocol.ErrorCode;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code docs/openapi.yaml} is whole in itself and knows exactly the calls that there are. */
class OpenApiDocumentTest {

    private static final JsonNode DOCUMENT = new YAMLMapper().readTree(java.nio.file.Path.of("docs/openapi.yaml"));
    private static final Set<String> METHODS = Set.of("get", "post", "patch", "delete", "put", "head", "options");

    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private static List<JsonNode> operations() {
        final List<JsonNode> operations = new ArrayList<>();
        DOCUMENT.get("paths")
                .values()
                .forEach(path -> path.properties().stream()
                        .filter(entry -> METHODS.contains(entry.getKey()))
                        .forEach(entry -> operations.add(entry.getValue())));
        return operations;
    }

    private Schema schema(JsonNode node) {
        final ObjectNode alone = (ObjectNode) node.deepCopy();
        alone.set("components", DOCUMENT.get("components"));
        return registry.getSchema(alone);
    }

    @Test
    void knowsExactlyTheCallsThatThereAre() {
        final Set<String> documented = new TreeSet<>();
        DOCUMENT.get("paths")
                .properties()
                .forEach(path -> path.getValue().propertyNames().stream()
                        .filter(METHODS::contains)
                        .forEach(method -> documented.add(method.toUpperCase(java.util.Locale.ROOT) + " "
                                + path.getKey().replaceAll("\\{[^}]+}", "{}"))));
        final Set<String> existing = new TreeSet<>();
        for (final JavaClass resource :
                new ClassFileImporter().importPath(java.nio.file.Path.of("target/classes/io/duet"))) {
            if (resource.isAnnotatedWith(Path.class)) {
                resource.getMethods().forEach(method -> call(resource, method, existing));
            }
        }
        assertThat(documented).isEqualTo(existing).hasSizeGreaterThan(10);
    }

    private static void call(JavaClass resource, JavaMethod method, Set<String> calls) {
        method.getAnnotations().stream()
                .filter(annotation -> annotation.getRawType().isAnnotatedWith(HttpMethod.class))
                .forEach(annotation -> {
                    final String verb = annotation
                            .getRawType()
                            .getAnnotationOfType(HttpMethod.class)
                            .value();
                    final String below = method.isAnnotatedWith(Path.class)
                            ? "/" + method.getAnnotationOfType(Path.class).value()
                            : "";
                    final String path =
                            "/api/" + resource.getAnnotationOfType(Path.class).value() + below;
                    calls.add(verb + " " + path.replaceAll("\\{[^}]+}", "{}"));
                });
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        assertThat(DOCUMENT.findValues("$ref"))
                .hasSizeGreaterThan(100)
                .allSatisfy(reference -> assertThat(
                                DOCUMENT.at(reference.asString().substring(1)).isMissingNode())
                        .as(reference.asString())
                        .isFalse());
    }

    @Test
    void everyExampleIsAsItsSchemaSays() {
        final List<JsonNode> contents = DOCUMENT.findValues("content").stream()
                .flatMap(content -> content.values().stream())
                .filter(content -> content.has("example"))
                .toList();
        assertThat(contents)
                .hasSizeGreaterThan(15)
                .allSatisfy(content -> assertThat(schema(content.get("schema")).validate(content.get("example")))
                        .as(content.get("example").toString())
                        .isEmpty());
    }

    @Test
    void everyOperationHasItsErrors() {
        assertThat(operations()).allSatisfy(operation -> {
            final Set<String> statuses =
                    operation.get("responses").propertyNames().stream().collect(Collectors.toSet());
            assertThat(statuses).contains("400", "406", "500", "503");
            if (!operation.has("security")) {
                assertThat(statuses).contains("401");
            }
            if (operation.has("requestBody")) {
                assertThat(statuses).contains("403", "413", "415");
            }
        });
        assertThat(operations().stream()
                        .map(operation -> operation.get("operationId").asString()))
                .doesNotHaveDuplicates();
    }

    @Test
    void listsEveryCode() {
        assertThat(DOCUMENT.at("/components/schemas/ErrorCode/enum").values().stream()
                        .map(JsonNode::asString))
                .containsExactlyElementsOf(Arrays.stream(ErrorCode.values())
                        .map(ErrorCode::wireName)
                        .toList());
    }

    @Test
    void everyRefusalOfTheServerIsAProblemAsDocumented() {
        final Schema problem = schema(DOCUMENT.at("/components/schemas/Problem"));
        for (int status = 400; status < 600; status++) {
            final ApiException refusal = Problem.standard(status);
            final byte[] body = new Json(16).write(Problem.of(refusal.status(), refusal.code(), refusal.getMessage()));
            assertThat(problem.validate(new YAMLMapper().readTree(body))).isEmpty();
            assertThat(refusal.status()).isEqualTo(status);
        }
    }
}
