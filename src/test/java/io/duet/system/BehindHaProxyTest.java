package io.duet.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.checker.Checker;
import io.duet.checker.Settings;
import io.duet.checker.Verdict;
import io.duet.config.DuetConfig;
import io.duet.system.client.Rest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two nodes behind the proxy of {@code deploy/haproxy} are one server, also while each of them is restarted. */
class BehindHaProxyTest {
    private static final int MESSAGES = 120;
    private static final String CONNECTED = "duet_connections{state=\"connected\"}";

    private static final int MAX_FAILURES = 5;
    private static List<TestServer> nodes;
    private static HaProxy proxy;
    private static Rest throughProxy;

    @BeforeAll
    static void start() {
        nodes = TestServer.startNodes(
                2,
                Map.of(
                        "duet.rate-limit.enabled", "false",
                        "duet.heartbeat.reconnect-delay", "PT2S",
                        "duet.cluster.failure-timeout", "PT20S",
                        // More than the proxy itself: clients of this test come from there too
                        "duet.proxy.trusted", "127.0.0.0/8",
                        "duet.sign-in.max-failures-per-source", Integer.toString(MAX_FAILURES)));
        proxy = new HaProxy(nodes.get(0), nodes.get(1));
        throughProxy = new Rest(proxy.address(), exchange -> {});
        await("an answer through the proxy")
                .atMost(Duration.ofSeconds(20))
                .ignoreExceptionsInstanceOf(AssertionError.class)
                .until(() -> throughProxy.get("/api/users/me", null).status() == 401);
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
        }
        if (nodes != null) {
            nodes.get(1).close();
            nodes.get(0).close();
        }
    }

    @Test
    void clientsReturnThroughTheProxyAndLoseNothingWhenNodesAreRestartedInTurn() {
        assertThat(throughProxy.get("/metrics", null).status()).isEqualTo(403);
        assertThat(throughProxy.get("/health/ready", null).status()).isEqualTo(403);

        Settings settings = Settings.parse("users=8&devices=2&messages=0&rate=60&seed=5&churn=false&quiet=10")
                .at(List.of(proxy.address()));
        try (Checker checker = Checker.begin(settings)) {
            checker.load();
            checker.awaitConfirmed(MESSAGES);
            await("nodes that have clients")
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(nodes)
                            .allSatisfy(node -> assertThat(connected(node)).isGreaterThan(2)));
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

    /** Each guess says that it comes from elsewhere. */
    @Test
    void whoGuessesPasswordsIsKnownByTheAddressThatTheProxySees() throws IOException {
        for (int guess = 1; guess <= MAX_FAILURES; guess++) {
            assertThat(signIn("127.0.0.2", guess)).as("guess %d", guess).startsWith("HTTP/1.1 401");
        }
        assertThat(signIn("127.0.0.2", MAX_FAILURES + 1)).startsWith("HTTP/1.1 429");
        assertThat(signIn("127.0.0.3", 1)).as("somebody else").startsWith("HTTP/1.1 401");
        assertThat(nodes.stream().map(TestServer::log).collect(joining()))
                .contains("127.0.0.2", "127.0.0.3")
                .doesNotContain("198.51.100.");
    }

    /** From that address, with a wrong password; the first line of the answer. */
    private static String signIn(String source, int guess) throws IOException {
        String body = "{\"username\":\"nobody." + guess + "\",\"password\":\"wrong " + guess + " wrong\"}";
        String request =
                "POST /api/sessions HTTP/1.1\r\nHost: duet\r\nConnection: close\r\nContent-Type: application/json\r\n"
                        + "X-Forwarded-For: 198.51.100." + guess + "\r\nForwarded: for=198.51.100." + guess + "\r\n"
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(source, 0));
            socket.connect(new InetSocketAddress("127.0.0.1", proxy.address().getPort()));
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
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
