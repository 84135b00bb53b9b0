package io.duet.system;

import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A cluster whose nodes do not find each other by their database, and speak TLS by a configured secret: the first two look
 * for a name that has the addresses of both, the third for the first by its address, and one more has another secret. Each
 * listens at an address of its own and all at one port, as in a network. The name is resolved by the virtual machine itself
 * from a file instead of DNS.
 */
class ClusterByOtherMeansTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String NAME = "nodes.duet.example";
    private static final String SECRET = "what only these nodes know";
    private static final int PORT = freePort();

    private static TestServer first;
    private static TestServer byName;
    private static TestServer byHosts;
    private static TestServer withAnotherSecret;

    @BeforeAll
    static void start() throws IOException {
        Path names = Files.createTempFile("names", ".txt");
        Files.write(
                names,
                List.of(
                        "127.0.0.1 localhost " + InetAddress.getLocalHost().getHostName(),
                        "127.0.0.1 " + NAME,
                        "127.0.0.2 " + NAME));
        first = TestServer.launch(List.of(), byName(1, names));
        await("the first one has entered")
                .atMost(SOON)
                .ignoreExceptions()
                .until(() -> first.log().contains("Cluster view"));
        withAnotherSecret = first.launchBeside(byHosts(4, "what nobody else knows"));
        byName = first.launchBeside(byName(2, names));
        byHosts = first.launchBeside(byHosts(3, SECRET));
        for (TestServer node : List.of(first, byName, byHosts)) {
            node.awaitReady();
        }
    }

    @AfterAll
    static void stop() {
        withAnotherSecret.close();
        byHosts.close();
        byName.close();
        first.close();
    }

    private static Map<String, String> byName(int number, Path names) {
        Map<String, String> settings = node(number, SECRET);
        settings.put("duet.cluster.discovery", "dns");
        settings.put("duet.cluster.dns-query", NAME);
        settings.put(
                "JVM_ARGS", "-Djdk.net.hosts.file=" + names + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m");
        return settings;
    }

    private static Map<String, String> byHosts(int number, String secret) {
        Map<String, String> settings = node(number, secret);
        settings.put("duet.cluster.discovery", "hosts");
        settings.put("duet.cluster.hosts", "127.0.0.1:" + PORT);
        return settings;
    }

    private static Map<String, String> node(int number, String secret) {
        return new HashMap<>(Map.of(
                "duet.cluster.node-name",
                "node-" + number,
                "duet.cluster.bind-address",
                "127.0.0." + number,
                "duet.cluster.port",
                Integer.toString(PORT),
                "duet.cluster.secret",
                secret));
    }

    @Test
    void nodesThatFindEachOtherByNameAndByHostsAreOneCluster() throws Exception {
        for (TestServer node : List.of(first, byName, byHosts)) {
            await().atMost(SOON).until(() -> node.metric("duet_cluster_nodes") == 3);
            assertThat(node.log()).doesNotContain("MergeView", "too many JOIN attempts");
        }
        Talk talk = Talk.on(first.duet());
        try (DuetClient alice = talk.alice().at(byName.duet()).online();
                DuetClient bob = talk.bob().at(byHosts.duet()).online();
                DuetClient bobsOther = talk.bob().online()) {
            alice.say(talk.conversation(), "from the second node");
            for (DuetClient there : List.of(bob, bobsOther)) {
                assertThat(text(there.expect("new_message"), "content")).isEqualTo("from the second node");
            }
            bob.ackUpTo(talk.conversation(), 1);
            alice.expect("delivered");
        }
    }

    @Test
    void oneWithAnotherSecretNeverEntersAndSaysWhy() {
        await().atMost(SOON).until(() -> !withAnotherSecret.process().isAlive());
        assertThat(withAnotherSecret.log())
                .contains("Duet has not started: duet.cluster.secret")
                .doesNotContain(SECRET, "what nobody else knows", "CWWKF0011I: The duet server is ready");
        assertThat(withAnotherSecret.isReady()).isFalse();
        for (TestServer node : List.of(first, byName, byHosts)) {
            assertThat(node.log()).contains("node-1").doesNotContain("node-4");
            assertThat(node.isReady()).isTrue();
        }
    }

    @Test
    void whatNodesSayIsEncryptedAndAStrangerIsNotAnswered() throws Exception {
        try (SSLSocket stranger = (SSLSocket) credulous().getSocketFactory().createSocket("127.0.0.1", PORT)) {
            stranger.setSoTimeout(10_000);
            stranger.startHandshake();
            var certificate = (X509Certificate) stranger.getSession().getPeerCertificates()[0];
            assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=duet");
            assertThat(stranger.getSession().getProtocol()).isEqualTo("TLSv1.3");
            assertThatThrownBy(() -> stranger.getInputStream().read())
                    .as("the answer to one without the key")
                    .isInstanceOf(SSLException.class);
        }
        try (Socket plain = new Socket("127.0.0.1", PORT)) {
            plain.setSoTimeout(10_000);
            plain.getOutputStream().write("let me in, let me in, let me in".getBytes());
            byte[] answer = plain.getInputStream().readAllBytes();
            assertThat(answer).as("at most an alert of TLS").hasSizeLessThan(16);
        }
        assertThat(first.isReady()).isTrue();
    }

    /** TLS for one who believes everybody and has nothing to show. */
    private static SSLContext credulous() throws Exception {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, new TrustManager[] {new Everybody()}, new SecureRandom());
        return context;
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Everybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
