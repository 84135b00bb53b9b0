package io.duet.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real PostgreSQL of our own, for a first run and small sites: durable (fsync on), reachable from this machine only, its
 * data in {@code postgresql} beneath the data directory. Several servers of this machine may share it ({@link
 * DataDirectory}): the first starts it, the others join, and the last that ends stops it, once all have let go of their
 * connections. A PostgreSQL that nobody uses any more, because all its servers were killed, is stopped in order before the
 * next start.
 */
final class EmbeddedPostgreSql {
    private static final Logger LOG = Logger.getLogger(EmbeddedPostgreSql.class.getName());

    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration START_DEADLINE = Duration.ofMinutes(10);
    private static final Duration CONNECTIONS_DEADLINE = Duration.ofSeconds(25);
    private static final String USER = "postgres";
    private static final String DATABASE = "duet";

    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("fsync", "on"),
            Map.entry("synchronous_commit", "on"),
            Map.entry("full_page_writes", "on"),
            Map.entry("listen_addresses", "127.0.0.1"),
            Map.entry("unix_socket_directories", "''"),
            Map.entry("max_connections", "300"),
            Map.entry("shared_buffers", "256MB"),
            Map.entry("effective_cache_size", "1GB"),
            Map.entry("timezone", "UTC"),
            Map.entry("log_timezone", "UTC"),
            Map.entry("wal_buffers", "16MB"),
            Map.entry("min_wal_size", "512MB"),
            Map.entry("max_wal_size", "4GB"),
            Map.entry("checkpoint_timeout", "30min"),
            Map.entry("checkpoint_completion_target", "0.9"),
            Map.entry("jit", "off"),
            Map.entry("logging_collector", "on"),
            Map.entry("log_directory", "log"),
            Map.entry("log_filename", "postgresql-%a.log"),
            Map.entry("log_truncate_on_rotation", "on"),
            Map.entry("log_rotation_age", "1d"),
            Map.entry("log_error_verbosity", "terse"), // no values of rows in the log
            Map.entry("log_min_error_statement", "panic"));

    /** The server may make its data source anew while PostgreSQL runs on, so this belongs to the JVM, not to a source. */
    private static final Map<Path, EmbeddedPostgreSql> OF_THIS_JVM = new ConcurrentHashMap<>();

    private final Path directory;
    private final Path data;
    private final Path initialised;
    private final DataDirectory users;
    private PGSimpleDataSource source;
    private volatile ProcessHandle postmaster;
    private Instant lastFailure = Instant.MIN;
    private boolean stopping;

    private EmbeddedPostgreSql(Path directory) {
        this.directory = directory;
        users = new DataDirectory(directory);
        data = directory.resolve("postgresql");
        initialised = directory.resolve("postgresql.initialised");
    }

    /** The one of this data directory, not yet started. */
    static EmbeddedPostgreSql at(Path directory) {
        return OF_THIS_JVM.computeIfAbsent(directory, EmbeddedPostgreSql::new);
    }

    /**
     * Starts PostgreSQL unless it runs, and tells how to connect to it. After a failure the next try waits a second.
     *
     * @param binaries where its programs are unpacked, by default beneath the data directory
     */
    synchronized PGSimpleDataSource running(Optional<Path> binaries) throws SQLException {
        if (postmaster != null && Postmaster.runs(postmaster)) {
            return copyOf(source);
        }
        if (stopping || lastFailure.plus(RETRY_PAUSE).isAfter(Instant.now())) {
            throw new SQLTransientConnectionException("The embedded PostgreSQL is not running", "08001");
        }
        try {
            start(binaries.isPresent() ? binaries.get() : Privileges.binariesBeneath(directory));
            return copyOf(source);
        } catch (IOException | RuntimeException e) {
            lastFailure = Instant.now();
            LOG.log(
                    Level.SEVERE,
                    e,
                    () -> "PostgreSQL did not start; see " + startLog() + " and " + data.resolve("log"));
            throw new SQLTransientConnectionException("The embedded PostgreSQL did not start", "08001", e);
        }
    }

    private void start(Path binaries) throws IOException, SQLException {
        try (var turn = users.awaitTurn(START_DEADLINE)) {
            boolean others = users.joinOthers();
            Optional<ProcessHandle> running = others ? Postmaster.serving(data) : Optional.empty();
            int port = running.isPresent() ? joined(running.get()) : started(binaries);
            createDatabase(port);
            source = at(port, DATABASE);
        }
    }

    private int joined(ProcessHandle running) throws IOException {
        int port = Postmaster.port(data);
        serves(running);
        LOG.info(() -> "Uses the PostgreSQL of other servers on 127.0.0.1:" + port + " with its data in " + data);
        return port;
    }

    private int started(Path binaries) throws IOException {
        long start = System.nanoTime();
        Postmaster.stopLeftBehind(data);
        setIncompleteAside();
        var server = new Postmaster(PostgreSqlBinaries.unpackedIn(binaries), data, startLog());
        if (!Files.exists(initialised)) {
            server.initialise(USER);
            Files.writeString(initialised, "The directory postgresql is complete\n");
        }
        int port = freePort();
        serves(server.start(port, SETTINGS));
        long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
        LOG.info(() -> "PostgreSQL runs on 127.0.0.1:" + port + " with its data in " + data + ", started in " + millis
                + " ms");
        return port;
    }

    private void serves(ProcessHandle process) {
        boolean first = postmaster == null;
        postmaster = process;
        if (first) {
            Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "duet-postgresql-stop"));
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** An initialisation that was cut short leaves a directory that never starts. */
    private void setIncompleteAside() throws IOException {
        if (Files.exists(data) && !Files.exists(initialised)) {
            Path aside =
                    directory.resolve("postgresql.incomplete-" + Instant.now().toEpochMilli());
            Files.move(data, aside);
            LOG.warning(() -> "Moved an incompletely initialised database to " + aside);
        }
    }

    private Path startLog() {
        return directory.resolve("postgresql-start.log");
    }

    private void createDatabase(int port) throws SQLException {
        try (Connection connection = at(port, "postgres").getConnection();
                Statement statement = connection.createStatement()) {
            try (var rows = statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                if (!rows.next()) {
                    statement.executeUpdate("CREATE DATABASE " + DATABASE);
                }
            }
        }
    }

    /**
     * Leaves PostgreSQL to the other servers that use it; the last one stops it in order, and waits before that, within a
     * deadline, for all to close their connections.
     */
    void stop() {
        PGSimpleDataSource last;
        synchronized (this) {
            if (stopping) {
                return;
            }
            stopping = true;
            last = source;
        }
        try (var turn = users.awaitTurn(CONNECTIONS_DEADLINE)) {
            if (!users.leaveToOthers() && postmaster != null) {
                if (last != null && Postmaster.runs(postmaster)) {
                    awaitNoConnections(copyOf(last));
                }
                Postmaster.stop(postmaster);
            }
        } catch (IOException e) {
            LOG.log(Level.FINE, "The end of the process releases the locks", e);
        }
        OF_THIS_JVM.remove(directory, this);
    }

    private static void awaitNoConnections(PGSimpleDataSource source) {
        Instant deadline = Instant.now().plus(CONNECTIONS_DEADLINE);
        try (Connection connection = source.getConnection();
                var others = connection.prepareStatement("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")) {
            while (count(others) > 0 && Instant.now().isBefore(deadline)) {
                Thread.sleep(50);
            }
        } catch (SQLException | LinkageError e) {
            // Already down, or the server has closed this library: nothing is left to wait for
            LOG.log(Level.FINE, "PostgreSQL cannot be asked for connections", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int count(PreparedStatement query) throws SQLException {
        try (var row = query.executeQuery()) {
            row.next();
            return row.getInt(1);
        }
    }

    private static PGSimpleDataSource copyOf(PGSimpleDataSource source) {
        return at(source.getPortNumbers()[0], source.getDatabaseName());
    }

    private static PGSimpleDataSource at(int port, String database) {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setDatabaseName(database);
        source.setUser(USER);
        source.setConnectTimeout(5);
        source.setSslmode("disable");
        source.setGssEncMode(org.postgresql.jdbc.GSSEncMode.DISABLE.value);
        return source;
    }
}
