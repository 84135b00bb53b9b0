package io.duet.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.Person;
import io.duet.system.client.Rest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * What {@code docs/liberty.md} and {@code docs/wildfly.md} say to an operator who has a server and a PostgreSQL already is
 * done here, by their own files and commands: two nodes, an upgrade of one while the other serves, and logs in JSON.
 */
class ExistingServerTest {
    private static final String PASSWORD = "of-the-database";
    private static final Duration UPGRADE = Duration.ofMinutes(10);
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    @Test
    void thePageLeadsToAClusterThatIsUpgradedWhileItServes() throws Exception {
        Path place = InstalledPostgreSql.place();
        try (InstalledPostgreSql database = InstalledPostgreSql.fresh(place);
                ExistingServer first = ExistingServer.in(place.resolve("first"));
                ExistingServer second = ExistingServer.in(place.resolve("second"))) {
            admit(database);
            for (ExistingServer server : List.of(first, second)) {
                server.deploy(Map.of(
                        "DUET_DB_URL",
                        "jdbc:postgresql://127.0.0.1:" + database.port() + "/duet",
                        "DUET_DB_PASSWORD",
                        PASSWORD));
            }
            second.take("logs");
            first.start();
            second.start();
            assertThat(count(database, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'duet'"))
                    .isPositive();

            Person alice = first.duet().register();
            Person bob = second.duet().register();
            UUID conversation = alice.conversationWith(bob);
            try (DuetClient receiver = bob.online()) {
                try (DuetClient sender = alice.online()) {
                    sender.say(conversation, "from node to node");
                    receiver.expect("new_message");
                }
                upgrade(first, receiver);
                try (DuetClient sender = alice.online()) {
                    sender.say(conversation, "after the upgrade");
                    assertThat(Json.text(receiver.expect("new_message"), "content"))
                            .isEqualTo("after the upgrade");
                }
            }
            assertThat(nodes(second)).isEqualTo(2);
            assertThat(jsonLines(second))
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(Json.parse(line).isObject()).isTrue());
        } finally {
            InstalledPostgreSql.remove(place);
        }
    }

    /** The client says that it is there, as the contract demands of one that is silent for a minute otherwise. */
    private static void upgrade(ExistingServer server, DuetClient served) {
        CompletableFuture<Void> upgrade = CompletableFuture.runAsync(server::upgrade);
        await().atMost(UPGRADE).pollInterval(HEARTBEAT).until(() -> {
            served.ping();
            return upgrade.isDone();
        });
        upgrade.join();
    }

    /** A database that Duet owns, and nobody gets in without the password. */
    private static void admit(InstalledPostgreSql database) throws SQLException, IOException {
        database.execute("duet", "CREATE ROLE duet LOGIN PASSWORD '" + PASSWORD + "'");
        database.execute("duet", "ALTER DATABASE duet OWNER TO duet");
        Files.writeString(
                database.data().resolve("pg_hba.conf"),
                "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
        database.run("pg_ctl", "reload", "--pgdata=" + database.data());
    }

    private static int count(InstalledPostgreSql database, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(database.jdbcUrl("duet"));
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }

    private static double nodes(ExistingServer server) {
        Rest.Answer metrics = server.duet().rest().get("/metrics", null);
        return metrics.raw()
                .lines()
                .filter(line -> line.startsWith("duet_cluster_nodes "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElse(0);
    }

    private static List<String> jsonLines(ExistingServer server) throws IOException {
        String log = new String(Files.readAllBytes(server.log()), UTF_8);
        String written = log.substring(0, log.lastIndexOf('\n') + 1);
        return written.lines().filter(line -> line.startsWith("{")).toList();
    }
}
