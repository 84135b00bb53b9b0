package io.duet.system.faults;

import io.duet.system.ServerProcess;
import io.duet.system.TestServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The PostgreSQL of a {@link Site}: durable, and it can be hurt in every way. */
final class DatabaseServer implements AutoCloseable {

    private final Path data;
    private final int port;
    private final String addresses;
    private EmbeddedPostgres postgres;

    /**
     * @param addresses to listen on, besides the loopback
     * @param clients whom it trusts, besides the loopback
     */
    DatabaseServer(Path data, List<String> addresses, String clients) {
        this.data = data;
        this.addresses = String.join(",", addresses);
        this.port = ServerProcess.freePort();
        start();
        try {
            Files.writeString(
                    data.resolve("pg_hba.conf"), "\nhost all all " + clients + " trust\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        execute("SELECT pg_reload_conf()");
        execute("CREATE DATABASE duet", "postgres");
    }

    void start() {
        try {
            postgres = EmbeddedPostgres.builder()
                    .setPort(port)
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("listen_addresses", "127.0.0.1" + (addresses.isEmpty() ? "" : "," + addresses))
                    .setServerConfig("max_connections", "200")
                    .setServerConfig("max_wal_size", "2GB")
                    .setServerConfig("jit", "off")
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As an administrator stops it: sessions end, everything is written. */
    void stop() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All its processes stand still, their connections stay. */
    void freeze() {
        processes().forEach(process -> TestServer.signal("STOP", process));
    }

    void thaw() {
        processes().forEach(process -> TestServer.signal("CONT", process));
    }

    private Stream<ProcessHandle> processes() {
        try {
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
            ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
            return Stream.concat(Stream.of(postmaster), postmaster.descendants().toList().stream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From the next transaction on, of sessions that are open too. */
    void readOnly(boolean now) {
        execute("ALTER SYSTEM SET default_transaction_read_only = " + now, "postgres");
        execute("SELECT pg_reload_conf()");
    }

    /** The messages and what belongs to them lie in that directory from now on. */
    void moveMessagesTo(Path directory) {
        execute("CREATE TABLESPACE small LOCATION '" + directory + "'");
        execute("ALTER TABLE messages SET TABLESPACE small; ALTER TABLE message_status SET TABLESPACE small", "duet");
    }

    void moveMessagesBack() {
        execute(
                "ALTER TABLE messages SET TABLESPACE pg_default; ALTER TABLE message_status SET TABLESPACE pg_default",
                "duet");
        execute("DROP TABLESPACE small");
    }

    Connection connect() {
        return connect("duet");
    }

    private Connection connect(String database) {
        try {
            return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database
                    + "?user=postgres&options=-c%20default_transaction_read_only=off");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the first column of the first row says, in Duet's database. */
    long count(String sql) {
        try (var connection = connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    void execute(String sql) {
        execute(sql, "postgres");
    }

    void execute(String sql, String database) {
        try (var connection = connect(database);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** For a node that reaches it by this address. */
    String url(String address) {
        return "jdbc:postgresql://" + address + ":" + port + "/duet?user=postgres";
    }

    @Override
    public void close() {
        stop();
    }
}
