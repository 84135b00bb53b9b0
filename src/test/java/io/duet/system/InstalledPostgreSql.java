package io.duet.system;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The PostgreSQL that the operating system brings along, with all its tools, which the embedded one has not: as an operator has
 * it. Its programs do not run as root, so under root they run as the user {@code postgres}.
 */
final class InstalledPostgreSql implements AutoCloseable {
    private static final Path INSTALLATIONS = Path.of("/usr/lib/postgresql");
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private final Path directory;
    private final Path data;
    private final int port;

    private InstalledPostgreSql(Path directory, Path data, int port) {
        this.directory = directory;
        this.data = data;
        this.port = port;
    }

    /** A directory that PostgreSQL may use too. */
    static Path place() {
        try {
            Path place = Files.createTempDirectory("duet-backup");
            if (ROOT) {
                command(place, List.of("chown", "postgres", place.toString()));
            }
            return place;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Another one within that. */
    static Path directory(Path directory) {
        command(
                directory.getParent(),
                ROOT
                        ? List.of("install", "--directory", "--owner=postgres", directory.toString())
                        : List.of("mkdir", directory.toString()));
        return directory;
    }

    static void copy(Path data, Path copy) {
        command(data, List.of("cp", "--archive", data.toString(), copy.toString()));
    }

    static void remove(Path place) {
        try (Stream<Path> files = Files.walk(place)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A fresh one, with a database {@code duet} and these settings, running. */
    static InstalledPostgreSql fresh(Path place, String... settings) {
        var server = new InstalledPostgreSql(place, place.resolve("data"), ServerProcess.freePort());
        server.run("initdb", "--pgdata=" + server.data, "--username=postgres", "--auth=trust", "--encoding=UTF8");
        server.start(settings);
        server.run("createdb", "--host=127.0.0.1", "--port=" + server.port, "--username=postgres", "duet");
        return server;
    }

    /** One on data that lie there already. */
    static InstalledPostgreSql on(Path place, Path data, String... settings) {
        return on(place, data, ServerProcess.freePort(), settings);
    }

    private static InstalledPostgreSql on(Path place, Path data, int port, String... settings) {
        var server = new InstalledPostgreSql(place, data, port);
        server.start(settings);
        return server;
    }

    private void start(String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "listen_addresses = '127.0.0.1'",
                "unix_socket_directories = ''",
                "port = " + port,
                "jit = off",
                "max_connections = 150"));
        all.addAll(Arrays.asList(settings));
        try {
            Files.writeString(
                    data.resolve("postgresql.conf"), "\n" + String.join("\n", all) + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        startAgain();
    }

    /** A copy of this one, which follows it until it is promoted. */
    InstalledPostgreSql replica(Path copy) {
        return replica(copy, ServerProcess.freePort());
    }

    /** The same at a port that was told to others before. */
    InstalledPostgreSql replica(Path copy, int at) {
        run(
                "pg_basebackup",
                "--dbname=" + url("postgres"),
                "--pgdata=" + copy,
                "--write-recovery-conf",
                "--checkpoint=fast");
        return on(directory, copy, at);
    }

    /** Waits until the copy of this one has everything and makes it a server of its own. Nobody may write meanwhile. */
    void promote(InstalledPostgreSql replica) {
        String end = ask("duet", "SELECT pg_current_wal_lsn()");
        await().atMost(DEADLINE)
                .until(() -> replica.ask("duet", "SELECT pg_last_wal_replay_lsn() >= '" + end + "'"), "t"::equals);
        replica.run("pg_ctl", "promote", "--wait", "--pgdata=" + replica.data);
    }

    static String jdbcUrl(int port, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres";
    }

    /** As an operator stops it: sessions end, everything is written. */
    void stop() {
        run("pg_ctl", "stop", "--mode=fast", "--pgdata=" + data);
    }

    void startAgain() {
        run(
                "pg_ctl",
                "start",
                "--wait",
                "--timeout=" + DEADLINE.toSeconds(),
                "--pgdata=" + data,
                "--log=" + data + ".log");
    }

    /** The first column of the first row. */
    String ask(String database, String sql) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl(database));
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** As power fails: nothing is written any more. */
    void kill() {
        List<ProcessHandle> all = new ArrayList<>();
        postmaster().ifPresent(postmaster -> {
            all.add(postmaster);
            all.addAll(postmaster.descendants().toList());
        });
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
    }

    private Optional<ProcessHandle> postmaster() {
        Path pid = data.resolve("postmaster.pid");
        try {
            return Files.exists(pid)
                    ? ProcessHandle.of(Long.parseLong(Files.readAllLines(pid).get(0)))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return port;
    }

    Path data() {
        return data;
    }

    String jdbcUrl(String database) {
        return jdbcUrl(port, database);
    }

    /** For its own tools. */
    String url(String database) {
        return "postgresql://postgres@127.0.0.1:" + port + "/" + database;
    }

    void execute(String database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl(database));
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Runs one of its programs and waits for its good end. */
    void run(String program, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(home().resolve("bin").resolve(program).toString()));
        command.addAll(Arrays.asList(arguments));
        asItsUser(command);
    }

    /** Runs a line of the shell as PostgreSQL's user, who finds its programs. */
    void shell(String line) {
        asItsUser(List.of("sh", "-c", "PATH=" + home().resolve("bin") + ":$PATH; " + line));
    }

    private void asItsUser(List<String> words) {
        List<String> command = new ArrayList<>();
        if (ROOT) {
            command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
        }
        command.addAll(words);
        command(directory, command);
    }

    private static void command(Path directory, List<String> command) {
        Command.run(directory, DEADLINE, command);
    }

    private static Path home() {
        try (Stream<Path> versions = Files.list(INSTALLATIONS)) {
            return versions.filter(version -> Files.isExecutable(version.resolve("bin/pg_ctl")))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException("Is PostgreSQL installed? (Debian's package postgresql)", e);
        }
    }

    @Override
    public void close() {
        if (postmaster().isPresent()) {
            run("pg_ctl", "stop", "--mode=immediate", "--pgdata=" + data);
        }
    }
}
