package io.duet.system.faults;

import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.TestServer;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Nodes on machines of their own that find each other by what DNS says of one name, and a DNS that is late. */
class NameServiceTrial {

    private static final Path RUNS = Path.of("target/system").toAbsolutePath();
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final String NAME = "nodes.duet.example";

    @Test
    void nodesFindEachOtherByDnsAlsoWhenItTellsOfOneOnlyLater() throws Exception {
        Files.createDirectories(RUNS);
        List<TestServer> nodes = new ArrayList<>();
        try (Networks networks = new Networks(2);
                DatabaseServer database = new DatabaseServer(
                        Files.createTempDirectory(RUNS, "database"),
                        List.of(networks.databaseAddress(0), networks.databaseAddress(1)),
                        networks.range());
                NameServer dns = new NameServer(NAME, networks.databaseAddress(0));
                NameServer other = new NameServer(NAME, networks.databaseAddress(1))) {
            dns.say(List.of(networks.clusterAddress(0)));
            other.say(List.of(networks.clusterAddress(1)));
            try {
                nodes.add(launch(networks, database, dns, 0).awaitReady());
                nodes.add(launch(networks, database, other, 1).awaitReady());
                assertThat(nodes).as("while DNS tells each of itself only").allMatch(node -> seen(node) == 1);

                List<String> both = List.of(networks.clusterAddress(0), networks.clusterAddress(1));
                dns.say(both);
                other.say(both);

                Awaitility.await("one cluster")
                        .atMost(SOON)
                        .until(() -> nodes.stream().allMatch(node -> seen(node) == 2));
                assertThat(dns.answered()).isPositive();
                assertThat(other.answered()).isPositive();
                exchange(nodes);

                nodes.get(1).terminateAndRestart();
                assertThat(nodes).as("one that starts again enters at once").allMatch(node -> seen(node) == 2);
                exchange(nodes);
            } finally {
                nodes.forEach(TestServer::close);
            }
        }
    }

    private static TestServer launch(Networks networks, DatabaseServer database, NameServer dns, int node)
            throws Exception {
        List<String> place = new ArrayList<>(networks.on(node));
        place.addAll(dns.forOnly(Files.createTempDirectory(RUNS, "dns")));
        return TestServer.launch(
                place,
                Map.of(
                        "DUET_HTTP_HOST", networks.address(node),
                        "DUET_DB_URL", database.url(networks.databaseAddress(node)),
                        "duet.cluster.bind-address", networks.clusterAddress(node),
                        "duet.cluster.discovery", "dns",
                        "duet.cluster.dns-query", NAME));
    }

    private static int seen(TestServer node) {
        return (int) node.metric("duet_cluster_nodes");
    }

    private static void exchange(List<TestServer> nodes) throws Exception {
        Talk talk = Talk.on(nodes.get(0).duet());
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().at(nodes.get(1).duet()).online()) {
            alice.say(talk.conversation(), "by DNS");
            assertThat(text(bob.expect("new_message"), "content")).isEqualTo("by DNS");
        }
    }
}
