package io.duet.deployment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The PromQL of the dashboard and of the alert rules. */
public final class Expressions {
    public static final Path DASHBOARD = Path.of("deploy/grafana/duet.json");
    public static final Path ALERTS = Path.of("deploy/prometheus/alerts.yaml");

    private Expressions() {}

    /** What Grafana would send, with its own variables filled in. */
    public static List<String> ofDashboard() {
        List<String> found = new ArrayList<>();
        new JsonMapper().readTree(read(DASHBOARD)).get("panels").forEach(panel -> {
            for (JsonNode target : panel.path("targets")) {
                found.add(target.get("expr")
                        .asString()
                        .replace("$__rate_interval", "5m")
                        .replace("$node", ".*"));
            }
        });
        return found;
    }

    public static List<String> ofAlerts() {
        List<String> found = new ArrayList<>();
        new YAMLMapper()
                .readTree(read(ALERTS))
                .get("groups")
                .forEach(group -> group.get("rules")
                        .forEach(rule -> found.add(rule.get("expr").asString())));
        return found;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
