package io.duet.system;

import static io.duet.system.client.Json.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.deployment.Expressions;
import io.duet.deployment.Promtool;
import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a server says on {@code /metrics} is what the documentation, the dashboard and the alert rules speak of. */
@ExtendWith(SharedServers.class)
class MetricsTest {
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) (\\w+)");
    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");
    private static final Pattern ROW = Pattern.compile("\\| `(duet_\\w+)(?:\\{([\\w,]+)})?` \\| (\\w+) \\|.*");
    private static final Pattern SELECTOR = Pattern.compile("\\b((?:duet|jvm|process|system)_\\w+)(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~?|!=|!~)\\s*\"([^\"]*)\"");
    private static final Set<String> BY_PROMETHEUS = Set.of("job", "instance");

    /** What was scraped. */
    private record Scrape(String raw) {
        Map<String, String> types() {
            Map<String, String> types = new TreeMap<>();
            raw.lines().map(TYPE::matcher).filter(Matcher::matches).forEach(m -> types.put(m.group(1), m.group(2)));
            return types;
        }

        /** Of each sample by its name: its labels and their values. */
        List<Map<String, String>> labels(String name) {
            return raw.lines()
                    .map(SAMPLE::matcher)
                    .filter(m -> m.matches() && m.group(1).equals(name))
                    .map(m -> LABEL.matcher(m.group(2) == null ? "" : m.group(2))
                            .results()
                            .collect(Collectors.toMap(r -> r.group(1), r -> r.group(2))))
                    .toList();
        }

        double value(String series) {
            return raw.lines()
                    .filter(line -> line.startsWith(series + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(series + " in\n" + raw));
        }
    }

    private static Scrape scrape(Duet duet) {
        return new Scrape(duet.rest().get("/metrics", null).raw());
    }

    @Test
    void everyMetricIsDocumentedWithItsTypeAndLabels(Duet duet) throws Exception {
        Scrape scrape = scrape(duet);
        Map<String, String> types = scrape.types();
        Map<String, String> exposed = new TreeMap<>();
        types.forEach((name, type) -> {
            boolean ofHistogram =
                    name.endsWith("_max") && "histogram".equals(types.get(name.substring(0, name.length() - 4)));
            if (name.startsWith("duet_") && !ofHistogram) {
                exposed.put(name, type);
            }
        });
        Map<String, String> documented = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("docs/metrics.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                documented.put(row.group(1), row.group(3));
                Set<String> labels = new TreeSet<>(
                        row.group(2) == null
                                ? List.of()
                                : Arrays.asList(row.group(2).split(",")));
                String sample = row.group(1) + (row.group(3).equals("histogram") ? "_count" : "");
                assertThat(scrape.labels(sample))
                        .as(sample)
                        .isNotEmpty()
                        .allSatisfy(present -> assertThat(present.keySet()).isEqualTo(labels));
            }
        }
        assertThat(exposed).isEqualTo(documented);
    }

    @Test
    void namesFollowTheConventionsOfPrometheus(Duet duet, @TempDir Path directory) throws Exception {
        Path file = directory.resolve("metrics.txt");
        Files.writeString(
                file,
                scrape(duet)
                        .raw()
                        .lines()
                        .filter(line -> line.matches("(# \\w+ )?duet_.*"))
                        .collect(Collectors.joining("\n", "", "\n")));
        Promtool.Outcome outcome = Promtool.run(file, "check", "metrics");
        assertThat(outcome.ok()).as(outcome.said()).isTrue();
    }

    @Test
    void dashboardAndAlertsAskForWhatThereIs(Duet duet) {
        Scrape scrape = scrape(duet);
        List<String> expressions = Stream.concat(Expressions.ofDashboard().stream(), Expressions.ofAlerts().stream())
                .toList();
        for (String expression : expressions) {
            Matcher selector = SELECTOR.matcher(expression);
            while (selector.find()) {
                String name = selector.group(1);
                List<Map<String, String>> present = scrape.labels(name);
                assertThat(present).as("%s in %s", name, expression).isNotEmpty();
                MATCHER.matcher(selector.group(2) == null ? "" : selector.group(2))
                        .results()
                        .filter(condition -> !BY_PROMETHEUS.contains(condition.group(1)))
                        .forEach(condition -> assertThat(present)
                                .as("%s in %s", condition.group(), expression)
                                .anySatisfy(labels -> assertThat(labels.get(condition.group(1)))
                                        .matches(condition.group(3))));
            }
        }
    }

    @Test
    void countsWhatAMessageGoesThrough(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        UUID phone = talk.bob().device("phone");
        await("what other tests have left behind is gone")
                .atMost(Duration.ofSeconds(60))
                .until(() -> connections(scrape(duet)) == 0);
        Scrape before = scrape(duet);
        try (DuetClient alice = talk.alice().online()) {
            DuetClient first = talk.bob().connect(phone);
            alice.sendMessage(talk.conversation(), "once", "id-1");
            alice.expect("sent");
            alice.sendMessage(talk.conversation(), "once", "id-1");
            alice.expect("sent");
            alice.sendMessage(talk.conversation(), "other", "id-1");
            alice.expectError("client_message_id_conflict");
            first.expect("new_message");
            first.close();
            awaitClosed(duet, before, 1);
            try (DuetClient second = talk.bob().connect(phone)) {
                second.ackUpTo(talk.conversation(), number(second.expect("new_message"), "sequence_number"));
                alice.expect("delivered");
                Map<String, Integer> expected = Map.of(
                        "duet_messages_appended_total{outcome=\"stored\"}", 1,
                        "duet_messages_appended_total{outcome=\"duplicate\"}", 1,
                        "duet_message_stage_seconds_count{stage=\"route\"}", 1,
                        "duet_message_stage_seconds_count{stage=\"ack\"}", 1,
                        "duet_message_stage_seconds_count{stage=\"accept\"}", 2,
                        "duet_message_stage_seconds_count{stage=\"commit\"}", 2,
                        "duet_deliveries_total", 2,
                        "duet_redeliveries_total", 1,
                        "duet_admissions_total{outcome=\"connected\"}", 3,
                        "duet_frames_refused_total{action=\"send_message\",code=\"client_message_id_conflict\"}", 1);
                await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                    Scrape after = scrape(duet);
                    expected.forEach((series, count) -> assertThat(after.value(series) - before.value(series))
                            .as(series)
                            .isEqualTo(count.doubleValue()));
                });
                assertThat(scrape(duet).value("duet_connections{state=\"connected\"}"))
                        .isGreaterThanOrEqualTo(2);
            }
        }
        awaitClosed(duet, before, 3);
    }

    private static double connections(Scrape scrape) {
        return Stream.of("connecting", "connected", "closing")
                .mapToDouble(state -> scrape.value("duet_connections{state=\"" + state + "\"}"))
                .sum();
    }

    /** The clients have said goodbye; only when the server has heard it the connections are over by that. */
    private static void awaitClosed(Duet duet, Scrape before, int count) {
        String series = "duet_connections_closed_total{code=\"1000\"}";
        await().atMost(Duration.ofSeconds(10)).until(() -> scrape(duet).value(series) == before.value(series) + count);
    }

    @Test
    void countsSignIns(Duet duet) {
        var person = duet.register();
        person.signIn();
        Scrape before = scrape(duet);
        person.signIn();
        duet.rest()
                .post("/api/sessions", null, Map.of("username", person.username(), "password", "not that one at all"))
                .expectProblem(401, "unauthorized");
        Scrape after = scrape(duet);
        for (String outcome : List.of("ok", "wrong")) {
            String series = "duet_sign_ins_total{outcome=\"" + outcome + "\"}";
            assertThat(after.value(series) - before.value(series)).as(series).isEqualTo(1);
        }
    }
}
