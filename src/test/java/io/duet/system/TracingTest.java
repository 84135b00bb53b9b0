package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.system.OtlpCollector.Seen;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** One message from a client of one node to a client of another is one trace, with spans of both nodes, and nothing secret in it. */
class TracingTest {
    private static final Duration EXPORTED_WITHIN = Duration.ofSeconds(30);
    private static final String SECRET = "nobody else may read this";

    @Test
    void oneMessageIsOneTraceOverTwoNodes() throws Exception {
        try (OtlpCollector collector = new OtlpCollector();
                TestServer first = TestServer.start(settings(collector, "first"));
                TestServer second = first.startBeside(settings(collector, "second"))) {
            Talk talk = Talk.on(first.duet());
            try (DuetClient alice = talk.alice().online();
                    DuetClient bob = talk.bob().at(second.duet()).online()) {
                JsonNode sent = alice.say(talk.conversation(), SECRET);
                bob.ackUpTo(talk.conversation(), number(bob.expect("new_message"), "sequence_number"));
                alice.expect("delivered");
                String messageId = text(sent, "message_id");
                await().atMost(EXPORTED_WITHIN)
                        .until(() -> of(collector, messageId).size() == 5);

                Map<String, Seen> byName = of(collector, messageId).stream()
                        .collect(Collectors.toMap(seen -> seen.span().getName(), seen -> seen));
                assertThat(byName).containsOnlyKeys("accept", "commit", "route", "deliver", "ack");
                assertThat(byName.values().stream().map(Seen::traceId).distinct())
                        .hasSize(1);
                byName.forEach((name, seen) -> {
                    assertThat(seen.service()).isEqualTo("duet");
                    assertThat(seen.node())
                            .as(name)
                            .isEqualTo(List.of("deliver", "ack").contains(name) ? "second" : "first");
                    assertThat(seen.span().getEndTimeUnixNano())
                            .isGreaterThanOrEqualTo(seen.span().getStartTimeUnixNano());
                    assertThat(seen.attribute("duet.conversation_id"))
                            .isEqualTo(talk.conversation().toString());
                });
                assertThat(byName.get("accept").span().getParentSpanId().isEmpty())
                        .isTrue();
                assertFollows(byName, "accept", "commit");
                assertFollows(byName, "commit", "route");
                assertFollows(byName, "route", "deliver");
                assertFollows(byName, "deliver", "ack");
                assertThat(collector.spans().toString()).doesNotContain(SECRET);
            }
        }
    }

    private static Map<String, String> settings(OtlpCollector collector, String name) {
        Map<String, String> settings = new HashMap<>();
        settings.put("duet.tracing.endpoint", collector.endpoint().toString());
        settings.put("duet.tracing.sample", "1");
        settings.put("duet.cluster.node-name", name);
        settings.put("duet.cluster.failure-timeout", "PT20S");
        return settings;
    }

    private static List<Seen> of(OtlpCollector collector, String messageId) {
        return collector.spans().stream()
                .filter(seen -> seen.attribute("duet.message_id").equals(messageId))
                .toList();
    }

    private static void assertFollows(Map<String, Seen> byName, String parent, String child) {
        assertThat(byName.get(child).span().getParentSpanId())
                .as("%s of %s", parent, child)
                .isEqualTo(byName.get(parent).span().getSpanId());
    }
}
