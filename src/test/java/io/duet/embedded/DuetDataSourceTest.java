package io.duet.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DuetDataSourceTest {
    private static final Path TARGET = Path.of("target").toAbsolutePath();

    private Path directory;
    private DuetDataSource dataSource;

    @BeforeEach
    void chooseDirectory() throws IOException {
        directory = Files.createTempDirectory(TARGET, "embedded-");
        dataSource = new DuetDataSource(Map.of(
                "DUET_DATA_DIR", directory.toString(),
                "DUET_POSTGRESQL_BINARIES",
                        TARGET.resolve("postgresql-binaries").toString()));
    }

    @AfterEach
    void stopAndRemove() throws IOException {
        EmbeddedPostgreSql.at(directory).stop();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void startsADurablePostgreSqlForThisMachineOnlyAndKeepsItsData() throws Exception {
        assertThat(ask("SHOW fsync")).isEqualTo("on");
        assertThat(ask("SHOW full_page_writes")).isEqualTo("on");
        assertThat(ask("SHOW synchronous_commit")).isEqualTo("on");
        assertThat(ask("SHOW data_checksums")).isEqualTo("on");
        assertThat(ask("SHOW listen_addresses")).isEqualTo("127.0.0.1");
        assertThat(ask("SHOW unix_socket_directories")).isEmpty();
        assertThat(ask("SHOW plan_cache_mode")).isEqualTo("force_custom_plan");
        assertThat(ask("SELECT current_database()")).isEqualTo("duet");
        execute("CREATE TABLE kept AS SELECT 42 AS answer");

        EmbeddedPostgreSql.at(directory).stop();
        assertThat(Postmaster.serving(directory.resolve("postgresql"))).isEmpty();
        assertThat(ask("SELECT answer FROM kept")).isEqualTo("42");
    }

    @Test
    void startsAgainAfterPostgreSqlWasKilled() throws Exception {
        execute("CREATE TABLE kept AS SELECT 42 AS answer");
        ProcessHandle killed =
                Postmaster.serving(directory.resolve("postgresql")).orElseThrow();
        List<ProcessHandle> family =
                Stream.concat(Stream.of(killed), killed.descendants()).toList();
        killed.destroyForcibly();
        Awaitility.await("all of it has ended")
                .atMost(Duration.ofSeconds(30))
                .until(() -> family.stream().noneMatch(Postmaster::runs));
        assertThat(ask("SELECT answer FROM kept")).isEqualTo("42");
    }

    /** Another embedded one would be on the same machine, and nobody would back it up. */
    @Test
    void aShardHasAnAddressOfItsOwnAndIsNeverEmbedded() {
        dataSource.setShard("1");
        assertThatThrownBy(dataSource::getConnection)
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("DUET_DB_1_URL is not set");
        assertThat(directory).isEmptyDirectory();
        var elsewhere = new DuetDataSource(Map.of(
                "DUET_DB_URL", "jdbc:postgresql://127.0.0.1:1/wrong",
                "DUET_DB_1_URL", "jdbc:postgresql://127.0.0.1:2/right",
                "DUET_DB_1_USER", "one"));
        elsewhere.setShard("1");
        assertThatThrownBy(elsewhere::getConnection).hasMessageContaining("127.0.0.1:2");
    }

    /** Where the program of somebody else's process cannot be seen. */
    @Test
    void aPostgreSqlIsKnownByItsNameToo() throws Exception {
        execute("SELECT 1");
        ProcessHandle serving =
                Postmaster.serving(directory.resolve("postgresql")).orElseThrow();
        assertThat(Postmaster.isListedAsPostgres(serving.pid())).isTrue();
        assertThat(Postmaster.isListedAsPostgres(ProcessHandle.current().pid())).isFalse();
        EmbeddedPostgreSql.at(directory).stop();
        assertThat(Postmaster.isListedAsPostgres(serving.pid())).isFalse();
    }

    /** What has ended and nobody takes note of, as under a process number 1 that does not care. */
    @Test
    void aPostgreSqlThatHasEndedDoesNotRunEvenIfItIsStillListed() throws Exception {
        Path postgres = Files.copy(Path.of("/bin/true"), directory.resolve("postgres"));
        assertThat(postgres.toFile().setExecutable(true)).isTrue();
        Process careless = new ProcessBuilder("sh", "-c", "'" + postgres + "' & exec sleep 600").start();
        try {
            Awaitility.await("it has ended")
                    .atMost(Duration.ofSeconds(10))
                    .until(() ->
                            careless.children().anyMatch(child -> stat(child).contains("(postgres) Z")));
            ProcessHandle ended = careless.children().findAny().orElseThrow();
            assertThat(ended.isAlive()).as("for Java").isTrue();
            assertThat(Postmaster.runs(ended)).isFalse();
        } finally {
            careless.destroyForcibly();
        }
    }

    /** The number in a pid file is soon another program's, above all in a container. */
    @Test
    void leavesAProgramAloneThatHasTheNumberOfAFormerPostgreSql() throws Exception {
        execute("SELECT 1");
        EmbeddedPostgreSql.at(directory).stop();
        Process bystander = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(
                    directory.resolve("postgresql/postmaster.pid"),
                    bystander.pid() + "\n" + directory.resolve("postgresql") + "\n1\n5432\n");
            assertThat(ask("SELECT 1")).isEqualTo("1");
            assertThat(bystander.isAlive()).isTrue();
        } finally {
            bystander.destroyForcibly();
        }
    }

    @Test
    void setsAHalfInitialisedDirectoryAside() throws Exception {
        Files.createDirectories(directory.resolve("postgresql/base"));
        Files.writeString(directory.resolve("postgresql/PG_VERSION"), "17");
        assertThat(ask("SELECT 1")).isEqualTo("1");
        try (Stream<Path> entries = Files.list(directory)) {
            Optional<Path> aside = entries.filter(
                            path -> path.getFileName().toString().startsWith("postgresql.incomplete-"))
                    .findFirst();
            assertThat(aside)
                    .hasValueSatisfying(
                            path -> assertThat(path.resolve("PG_VERSION")).exists());
        }
    }

    @Test
    void tellsWhyPostgreSqlDoesNotStartAndDoesNotTryAgainAtOnce() throws Exception {
        execute("SELECT 1");
        EmbeddedPostgreSql.at(directory).stop();
        Files.delete(directory.resolve("postgresql/global/pg_control"));
        assertThatThrownBy(() -> ask("SELECT 1"))
                .isInstanceOf(SQLException.class)
                .hasStackTraceContaining("pg_control");
        // Where more than a second has passed since, that was a next try, and the one after it comes at once
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> {
                    long start = System.nanoTime();
                    assertThatThrownBy(() -> ask("SELECT 1")).hasMessageContaining("is not running");
                    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
                });
    }

    @Test
    void usesTheConfiguredDatabaseAndStartsNone() throws Exception {
        execute("CREATE ROLE visitor LOGIN PASSWORD 'secret'");
        String port = ask("SHOW port");
        Path unused = directory.resolve("unused");
        var configured = new DuetDataSource(Map.of(
                "DUET_DB_URL",
                "jdbc:postgresql://127.0.0.1:" + port + "/duet",
                "DUET_DB_USER",
                "visitor",
                "DUET_DB_PASSWORD",
                "secret",
                "DUET_DATA_DIR",
                unused.toString()));
        try (Connection connection = configured.getConnection()) {
            assertThat(ask(connection, "SELECT current_user")).isEqualTo("visitor");
        }
        assertThat(unused).doesNotExist();
    }

    private String ask(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            return ask(connection, sql);
        }
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String stat(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        } catch (IOException e) {
            return "";
        }
    }
}
