package io.duet.system;

import static io.duet.system.client.Json.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A cluster whose nodes know each other's addresses beforehand, and a secret. One more knows the addresses only. Each listens at
 * an address of its own and all at one port, as in a network. (By the database: {@link TwoNodesTest}; by DNS: {@code
 * NameServiceTrial}.)
 */
class ClusterByOtherMeansTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration START = Duration.ofMinutes(3);
    private static final String SECRET = "what only these nodes know";
    private static final String ANOTHER = "what nobody else knows";
    private static final int PORT = ServerProcess.freePort();

    private static TestServer first;
    private static TestServer second;
    private static TestServer stranger;

    @BeforeAll
    static void start() {
        first = TestServer.launch(List.of(), node(1, SECRET));
        await("the first one has entered")
                .atMost(START)
                .ignoreExceptions()
                .until(() -> first.log().contains("Cluster view"));
        stranger = first.launchBeside(node(3, ANOTHER));
        second = first.launchBeside(node(2, SECRET));
        first.awaitReady();
        second.awaitReady();
    }

    @AfterAll
    static void stop() {
        stranger.close();
        second.close();
        first.close();
    }

    private static Map<String, String> node(int number, String secret) {
        return Map.of(
                "duet.cluster.node-name",
                "node-" + number,
                "duet.cluster.discovery",
                "hosts",
                "duet.cluster.hosts",
                "127.0.0.1:" + PORT + ",127.0.0.2:" + PORT,
                "duet.cluster.bind-address",
                "127.0.0." + number,
                "duet.cluster.port",
                Integer.toString(PORT),
                "duet.cluster.secret",
                secret,
                // On a loaded machine no node is to be taken for dead
                "duet.cluster.failure-timeout",
                "PT20S");
    }

    @Test
    void nodesThatKnowEachOthersAddressesAndTheSecretAreOneCluster() throws Exception {
        for (TestServer node : List.of(first, second)) {
            await().atMost(SOON).until(() -> node.metric("duet_cluster_nodes") == 2);
            assertThat(node.log()).doesNotContain("MergeView", "too many JOIN attempts");
        }
        Talk talk = Talk.on(first.duet());
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().at(second.duet()).online()) {
            alice.say(talk.conversation(), "from one to two");
            assertThat(text(bob.expect("new_message"), "content")).isEqualTo("from one to two");
            bob.ackUpTo(talk.conversation(), 1);
            alice.expect("delivered");
        }
    }

    @Test
    void oneWithAnotherSecretNeverEntersAndSaysWhy() {
        await().atMost(START).until(() -> !stranger.process().isAlive());
        assertThat(stranger.log()).contains("duet.cluster.secret: the nodes that run have another one");
        assertThat(stranger.isReady()).isFalse();
        for (TestServer node : List.of(first, second, stranger)) {
            assertThat(node.log()).doesNotContain(SECRET, ANOTHER);
        }
        for (TestServer node : List.of(first, second)) {
            assertThat(node.log()).contains("node-1").doesNotContain("node-3");
            assertThat(node.isReady()).isTrue();
        }
    }

    @Test
    void whatNodesSayIsEncryptedAndAStrangerIsNotAnswered() throws Exception {
        try (SSLSocket other = (SSLSocket) credulous().getSocketFactory().createSocket("127.0.0.1", PORT)) {
            other.setSoTimeout(10_000);
            other.startHandshake();
            var certificate = (X509Certificate) other.getSession().getPeerCertificates()[0];
            assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=duet");
            assertThat(other.getSession().getProtocol()).isEqualTo("TLSv1.3");
            assertThatThrownBy(() -> other.getInputStream().read())
                    .as("the end for one without the key")
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
        }
        try (Socket plain = new Socket("127.0.0.1", PORT)) {
            plain.setSoTimeout(10_000);
            plain.getOutputStream().write("let me in, let me in, let me in".getBytes(UTF_8));
            assertThat(untilTheEnd(plain)).as("at most an alert of TLS").hasSizeLessThan(16);
        }
        assertThat(first.isReady()).isTrue();
    }

    private static byte[] untilTheEnd(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (SocketException reset) {
            return new byte[0];
        }
    }

    /** TLS for one who believes everybody and has nothing to show. */
    private static SSLContext credulous() throws Exception {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, new TrustManager[] {new Everybody()}, new SecureRandom());
        return context;
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
