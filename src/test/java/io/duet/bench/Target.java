package io.duet.bench;

import io.duet.system.TestServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The server under load: its addresses, its database, where tokens are signed with a known secret, and, when they run on
 * this machine, its processes.
 */
final class Target implements AutoCloseable {
    private static final String SECRET = "a secret for the benchmark and nothing else";

    private final List<URI> nodes;
    private final String databaseUrl;
    private final String secret;
    private final long serverPid;
    private final Optional<Long> postmasterPid;
    private final Duration startedWithin;
    private final AutoCloseable owned;

    private Target(
            List<URI> nodes,
            String databaseUrl,
            String secret,
            long serverPid,
            Optional<Long> postmasterPid,
            Duration startedWithin,
            AutoCloseable owned) {
        this.nodes = nodes;
        this.databaseUrl = databaseUrl;
        this.secret = secret;
        this.serverPid = serverPid;
        this.postmasterPid = postmasterPid;
        this.startedWithin = startedWithin;
        this.owned = owned;
    }

    /** Servers that run already, as {@code url}, {@code db} and {@code secret} say; or a fresh one of its own. */
    static Target of(Settings settings) {
        return settings.given("url") ? running(settings) : fresh(settings);
    }

    private static Target running(Settings settings) {
        if (!settings.given("db") || !settings.given("secret")) {
            throw new IllegalArgumentException(
                    "with url, db (jdbc:postgresql://…?user=…) and secret (its duet.tokens.secret) are needed");
        }
        return new Target(
                settings.list("url").stream().map(URI::create).toList(),
                settings.text("db"),
                settings.text("secret"),
                settings.number("server-pid"),
                Optional.of((long) settings.number("postmaster-pid")).filter(pid -> pid > 0),
                Duration.ZERO,
                () -> {});
    }

    private static Target fresh(Settings settings) {
        final TestServer server = TestServer.startForLoad(Map.of(
                "duet.rate-limit.enabled",
                "false",
                "duet.tokens.secret",
                SECRET,
                "jvm.args",
                settings.text("jvm").replace(';', ' ')));
        return new Target(
                List.of(server.duet().base()),
                server.databaseUrl(),
                SECRET,
                server.process().pid(),
                Optional.of(server.postmaster().pid()),
                server.startedWithin(),
                server);
    }

    /** The node that serves the n-th client: all in turn. */
    URI node(int client) {
        return nodes.get(client % nodes.size());
    }

    String secret() {
        return secret;
    }

    String databaseUrl() {
        return databaseUrl;
    }

    Connection connect() {
        try {
            return DriverManager.getConnection(databaseUrl);
        } catch (SQLException failure) {
            throw new IllegalStateException("the database cannot be reached", failure);
        }
    }

    Duration startedWithin() {
        return startedWithin;
    }

    CpuTimes.Snapshot cpu() throws IOException {
        return CpuTimes.of(serverPid, postmasterPid);
    }

    /** Transactions that the database has committed so far. */
    long commits() {
        try (Connection connection = connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(
                        "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")) {
            row.next();
            return row.getLong(1);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Resident memory of the server in bytes (proc(5), VmRSS), after a full collection; 0 when it runs elsewhere. */
    Memory memory() throws IOException {
        if (serverPid == 0) {
            return new Memory(0, 0, kernelSocketBytes());
        }
        jcmd("GC.run");
        final String heap = jcmd("GC.heap_info");
        return new Memory(residentBytes(), usedHeapBytes(heap), kernelSocketBytes());
    }

    /** @param kernelSockets memory of all TCP buffers of this machine, both ends */
    record Memory(long resident, long usedHeap, long kernelSockets) {}

    private long residentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + serverPid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }

    private static long usedHeapBytes(String heapInfo) {
        return heapInfo.lines()
                .filter(line -> line.contains("used ") && !line.contains("etaspace") && !line.contains("class space"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*used (\\d+)K.*", "$1")) << 10)
                .sum();
    }

    private static long kernelSocketBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/net/sockstat")).stream()
                .filter(line -> line.startsWith("TCP:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".* mem (\\d+).*", "$1")) * 4096)
                .sum();
    }

    private String jcmd(String command) throws IOException {
        final Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(serverPid),
                        command)
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        try {
            owned.close();
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }
}
