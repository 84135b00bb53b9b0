package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.checker.Checker;
import io.duet.checker.Settings;
import io.duet.checker.Verdict;
import io.duet.config.DuetConfig;
import io.duet.system.client.Rest;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Two nodes behind the proxy of {@code deploy/haproxy} are one server, also while each of them is restarted. */
class BehindHaProxyTest {
    private static final int MESSAGES = 120;
    private static final String CONNECTED = "duet_connections{state=\"connected\"}";

    @Test
    void clientsReturnThroughTheProxyAndLoseNothingWhenNodesAreRestartedInTurn() {
        List<TestServer> nodes = TestServer.startNodes(
                2,
                Map.of(
                        "duet.rate-limit.enabled", "false",
                        "duet.heartbeat.reconnect-delay", "PT2S",
                        "duet.cluster.failure-timeout", "PT20S"));
        try (TestServer first = nodes.get(0);
                TestServer second = nodes.get(1);
                HaProxy proxy = new HaProxy(first, second)) {
            Rest throughProxy = new Rest(proxy.address(), exchange -> {});
            await("an answer through the proxy")
                    .atMost(Duration.ofSeconds(20))
                    .ignoreExceptionsInstanceOf(AssertionError.class)
                    .until(() -> throughProxy.get("/api/users/me", null).status() == 401);
            assertThat(throughProxy.get("/metrics", null).status()).isEqualTo(403);
            assertThat(throughProxy.get("/health/ready", null).status()).isEqualTo(403);

            Settings settings = Settings.parse("users=8&devices=2&messages=0&rate=60&seed=5&churn=false&quiet=10")
                    .at(List.of(proxy.address()));
            try (Checker checker = Checker.begin(settings)) {
                checker.load();
                checker.awaitConfirmed(MESSAGES);
                assertThat(nodes)
                        .as("nodes that have clients")
                        .allSatisfy(node -> assertThat(connected(node)).isGreaterThan(2));
                for (TestServer node : nodes) {
                    checker.note("restart of " + node.http(""));
                    node.terminateAndRestart();
                    checker.awaitConfirmed(MESSAGES);
                }
                Verdict verdict = checker.decide();
                assertThat(verdict.kept()).as("%s", verdict).isTrue();
                assertThat(verdict.total("errors seen")).as("%s", verdict).isZero();
            }
            assertThat(proxy.log()).contains("Server nodes/node1 is DOWN", "Server nodes/node1 is UP");
        }
    }

    private static double connected(TestServer node) {
        return node.metric(CONNECTED);
    }

    @Test
    void isMorePatientThanHeartbeats() throws Exception {
        Matcher timeout =
                Pattern.compile("(?m)^  timeout tunnel (\\d+)s$").matcher(Files.readString(HaProxy.CONFIGURATION));
        assertThat(timeout.find()).isTrue();
        DuetConfig.Heartbeat heartbeat = DuetConfig.defaults().heartbeat();
        assertThat(Duration.ofSeconds(Long.parseLong(timeout.group(1))))
                .isGreaterThan(heartbeat.timeout().plus(heartbeat.interval()));
    }
}
