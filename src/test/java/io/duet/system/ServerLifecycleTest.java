package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerLifecycleTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @Test
    void keepsItsDataThroughAnOrderlyStopAndThroughKills() throws Exception {
        try (ServerProcess server = ServerProcess.start(Map.of())) {
            insertUser(server, "first");
            ProcessHandle postgreSql = server.postgreSql();

            server.terminate();
            assertThat(postgreSql.isAlive()).as("PostgreSQL after SIGTERM").isFalse();
            assertThat(server.data().resolve("postgresql/postmaster.pid")).doesNotExist();
            awaitShutDownInLog(server);

            server.restart();
            assertThat(users(server)).containsExactly("first");
            insertUser(server, "second");
            ProcessHandle orphan = server.postgreSql();
            server.kill();
            assertThat(orphan.isAlive())
                    .as("PostgreSQL after the kill of the server")
                    .isTrue();

            server.restart();
            assertThat(orphan.isAlive())
                    .as("what the killed server left behind")
                    .isFalse();
            assertThat(users(server)).containsExactly("first", "second");
            insertUser(server, "third");
            ProcessHandle killedToo = server.postgreSql();
            server.kill();
            killedToo.destroyForcibly();
            await().atMost(SOON).until(() -> !killedToo.isAlive());

            server.restart();
            assertThat(users(server)).containsExactly("first", "second", "third");
        }
    }

    @Test
    void saysWhereToGoKeepsItsDirectoryAndRecoversByItselfFromALostPostgreSql() {
        try (ServerProcess server = ServerProcess.start(Map.of())) {
            await().atMost(SOON).until(() -> server.console().contains("Duet is ready"));
            assertThat(server.console().strip().lines().reduce((first, second) -> second))
                    .hasValueSatisfying(last -> assertThat(last)
                            .endsWith("Duet is ready: http://localhost:"
                                    + server.http("/").getPort() + "/"));
            assertThat(server.status("/health/started")).isEqualTo(200);
            assertThat(server.status("/health/live")).isEqualTo(200);
            assertThat(server.status("/metrics")).isEqualTo(200);
            assertThat(server.status("/openapi")).isEqualTo(200);

            ProcessHandle killed = server.postgreSql();
            killed.destroyForcibly();
            await().atMost(SOON).until(() -> !killed.isAlive());
            assertThat(server.status("/health/live")).isEqualTo(200);
            // For a moment the other processes of the former one may still serve, while there is no first one
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> server.isReady() && server.postgreSql().isAlive());
            assertThat(server.log()).contains("PostgreSQL was not stopped in order");
        }
    }

    @Test
    void nodesShareOnePostgreSqlThatTheLastOneStops() throws Exception {
        try (ServerProcess first = ServerProcess.launch(Map.of("DUET_LOG_FORMAT", "JSON"));
                ServerProcess second = first.launchBeside(Map.of())) {
            first.awaitReady();
            second.awaitReady();
            ProcessHandle postgreSql = first.postgreSql();
            insertUser(second, "before");

            first.terminate();
            assertThat(postgreSql.isAlive())
                    .as("PostgreSQL when one node stops")
                    .isTrue();
            await().atMost(SOON).until(second::isReady);
            insertUser(second, "while alone");

            first.restart();
            assertThat(first.postgreSql()).isEqualTo(postgreSql);
            second.kill();
            assertThat(users(first)).containsExactly("before", "while alone");
            first.terminate();
            assertThat(postgreSql.isAlive())
                    .as("PostgreSQL when the last node stops")
                    .isFalse();
            awaitShutDownInLog(first);
            // Liberty has written some lines before it reads its configuration
            List<String> log = first.log().lines().toList();
            assertThat(log.subList(log.size() - 5, log.size()))
                    .as("logs for a collector")
                    .allSatisfy(line -> assertThat(Json.parse(line).isObject()).isTrue());
        }
    }

    @Test
    void refusesWrongSettingsByTheirNames() {
        Map<String, String> wrong = Map.of("DUET_LIMITS_IN_FLIGHT", "none", "DUET_REGISTRATION", "maybe");
        try (ServerProcess server = ServerProcess.launch(wrong)) {
            await().atMost(SOON).until(() -> server.console().contains("Duet has not started"));
            assertThat(server.console()).contains("duet.limits.in-flight must be", "duet.registration must be");
            assertThat(server.process().onExit())
                    .as("a server that cannot serve")
                    .succeedsWithin(SOON);
            assertThat(server.data()).as("data of a server that never started").doesNotExist();
        }
    }

    private static void insertUser(ServerProcess server, String name) throws Exception {
        try (Connection connection = connect(server);
                var insert = connection.prepareStatement(
                        "INSERT INTO users (user_id, username, email) VALUES (gen_random_uuid(), ?, ?)")) {
            insert.setString(1, name);
            insert.setString(2, name + "@example.org");
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
    }

    private static List<String> users(ServerProcess server) throws Exception {
        try (Connection connection = connect(server);
                var rows = connection
                        .createStatement()
                        .executeQuery("SELECT array_agg(username ORDER BY username) FROM users")) {
            rows.next();
            return List.of((String[]) rows.getArray(1).getArray());
        }
    }

    private static Connection connect(ServerProcess server) throws SQLException, IOException {
        String port = Files.readAllLines(server.data().resolve("postgresql/postmaster.pid"))
                .get(3);
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port.strip() + "/duet", "postgres", "");
    }

    /** PostgreSQL has a process for its log, which ends after the first one. */
    private static void awaitShutDownInLog(ServerProcess server) {
        await().atMost(SOON).until(() -> postgreSqlLog(server).contains("database system is shut down"));
    }

    private static String postgreSqlLog(ServerProcess server) throws IOException {
        try (var files = Files.list(server.data().resolve("postgresql/log"))) {
            var all = new StringBuilder();
            for (var file : files.toList()) {
                all.append(Files.readString(file));
            }
            return all.toString();
        }
    }
}
