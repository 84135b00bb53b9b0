package io.duet.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Prometheus takes the alert rules, they fire when they should, and every expression of the dashboard is PromQL. */
class MonitoringTest {

    @Test
    void alertRulesAreRules() {
        Promtool.Outcome outcome = Promtool.run(Expressions.ALERTS, "check", "rules", Expressions.ALERTS.toString());
        assertThat(outcome.ok()).as(outcome.said()).isTrue();
    }

    @Test
    void alertsFireWhenTheyShould() {
        Path cases = Expressions.ALERTS.resolveSibling("alerts.test.yaml");
        Promtool.Outcome outcome = Promtool.run(cases, "test", "rules", cases.toString());
        assertThat(outcome.ok()).as(outcome.said()).isTrue();
    }

    @Test
    void everyAlertSaysWhatIsWrongAndWhatToDo() throws Exception {
        JsonNode rules =
                new YAMLMapper().readTree(Files.readString(Expressions.ALERTS)).at("/groups/0/rules");
        assertThat(rules).isNotEmpty().allSatisfy(rule -> {
            assertThat(rule.at("/labels/severity").asString()).isIn("page", "ticket");
            assertThat(rule.at("/annotations/summary").asString()).isNotBlank();
            assertThat(rule.at("/annotations/action").asString()).isNotBlank();
        });
    }

    @Test
    void everyExpressionOfTheDashboardIsPromQl(@TempDir Path directory) throws Exception {
        List<String> expressions = Expressions.ofDashboard();
        assertThat(expressions).hasSizeGreaterThan(30);
        List<Object> rules = new ArrayList<>();
        for (String expression : expressions) {
            rules.add(Map.of("record", "dashboard:expression" + rules.size(), "expr", expression));
        }
        Path file = directory.resolve("dashboard.yaml");
        Files.writeString(
                file,
                new JsonMapper()
                        .writeValueAsString(Map.of("groups", List.of(Map.of("name", "dashboard", "rules", rules)))));
        Promtool.Outcome outcome = Promtool.run(file, "check", "rules", file.toString());
        assertThat(outcome.ok()).as(outcome.said()).isTrue();
    }

    @Test
    void panelsOfTheDashboardHaveTheirOwnPlaces() throws Exception {
        Set<Long> ids = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : new JsonMapper()
                .readTree(Files.readString(Expressions.DASHBOARD))
                .get("panels")) {
            assertThat(ids.add(panel.get("id").asLong())).as("id of %s", panel).isTrue();
            JsonNode place = panel.get("gridPos");
            assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
            for (int x = 0; x < place.get("w").asInt(); x++) {
                for (int y = 0; y < place.get("h").asInt(); y++) {
                    assertThat(cells.add((place.get("x").asInt() + x)
                                    + ","
                                    + (place.get("y").asInt() + y)))
                            .as("a free place for %s", panel.get("title"))
                            .isTrue();
                }
            }
        }
    }
}
