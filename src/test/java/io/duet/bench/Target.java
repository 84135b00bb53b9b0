package io.duet.bench;

import io.duet.system.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
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
    private final List<Long> serverPids;
    private final Optional<Long> postmasterPid;
    private final Duration startedWithin;
    private final AutoCloseable owned;

    private Target(
            List<URI> nodes,
            String databaseUrl,
            String secret,
            List<Long> serverPids,
            Optional<Long> postmasterPid,
            Duration startedWithin,
            AutoCloseable owned) {
        this.nodes = nodes;
        this.databaseUrl = databaseUrl;
        this.secret = secret;
        this.serverPids = serverPids;
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
                settings.list("server-pid").stream().map(Long::valueOf).toList(),
                Optional.of((long) settings.number("postmaster-pid")).filter(pid -> pid > 0),
                Duration.ZERO,
                () -> {});
    }

    private static Target fresh(Settings settings) {
        final List<TestServer> servers = TestServer.startNodes(
                settings.number("nodes"),
                Map.of(
                        "duet.rate-limit.enabled",
                        "false",
                        "duet.tokens.secret",
                        SECRET,
                        "jvm.args",
                        settings.text("jvm").replace(';', ' ')));
        final TestServer first = servers.get(0);
        return new Target(
                servers.stream().map(server -> server.duet().base()).toList(),
                first.databaseUrl(),
                SECRET,
                servers.stream().map(server -> server.process().pid()).toList(),
                Optional.of(first.postmaster().pid()),
                first.startedWithin(),
                () -> {
                    for (int i = servers.size() - 1; i >= 0; i--) {
                        servers.get(i).close();
                    }
                });
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

    int nodeCount() {
        return nodes.size();
    }

    /** The last node's process ends at once. */
    void killLast() {
        ProcessHandle.of(serverPids.get(serverPids.size() - 1)).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** A counter of {@code /metrics}, all nodes and labels together. */
    double metric(String name) throws IOException {
        double sum = 0;
        for (int node = 0; node < nodes.size(); node++) {
            sum += metricOf(node, name);
        }
        return sum;
    }

    /** A counter or gauge of one node, all labels together. */
    double metricOf(int node, String name) throws IOException {
        try (InputStream in = nodes.get(node).resolve("/metrics").toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.matches(name + "(_total)?[ {].*"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                    .sum();
        }
    }

    Duration startedWithin() {
        return startedWithin;
    }

    CpuTimes.Snapshot cpu() throws IOException {
        return CpuTimes.of(serverPids, postmasterPid);
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

    /** Memory of the servers after a full collection, resident as proc(5) has it; 0 when they run elsewhere. */
    Memory memory() throws IOException {
        long resident = 0;
        long heap = 0;
        for (long pid : serverPids) {
            jcmd(pid, "GC.run");
            heap += usedHeapBytes(jcmd(pid, "GC.heap_info"));
            resident += residentBytes(pid);
        }
        return new Memory(resident, heap, kernelSocketBytes());
    }

    /** @param kernelSockets memory of all TCP buffers of this machine, both ends */
    record Memory(long resident, long usedHeap, long kernelSockets) {}

    private static long residentBytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
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

    private static String jcmd(long pid, String command) throws IOException {
        final Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid), command)
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
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
