package io.duet.system;

import io.duet.system.client.Contract;
import io.duet.system.client.Duet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A {@link ServerProcess} under settings of a test's own, with clients that hold every answer against the contract's
 * documents.
 */
public final class TestServer implements AutoCloseable {

    private final Contract contract = Contract.ofThisBuild();
    private final ServerProcess process;
    private final long launchedNanos = System.nanoTime();
    private volatile Duration startedWithin;

    private TestServer(ServerProcess process) {
        this.process = process;
    }

    /** Waits until it is ready. */
    public TestServer awaitReady() {
        process.awaitReady();
        startedWithin = Duration.ofNanos(System.nanoTime() - launchedNanos);
        return this;
    }

    /**
     * Starts a server with fresh data and waits until it is ready.
     *
     * @param settings by their names, as in {@code duet.registration}
     */
    public static TestServer start(Map<String, String> settings) {
        return new TestServer(ServerProcess.launch(environment(settings))).awaitReady();
    }

    /**
     * Starts nodes of one cluster on one fresh database, all at once, and waits until each is ready. The first one owns the
     * data: close it last.
     */
    public static List<TestServer> startNodes(int count, Map<String, String> settings) {
        ServerProcess first = ServerProcess.launch(environment(settings));
        List<TestServer> nodes = new ArrayList<>(List.of(new TestServer(first)));
        while (nodes.size() < count) {
            nodes.add(new TestServer(first.launchBeside(environment(settings))));
        }
        nodes.forEach(TestServer::awaitReady);
        return List.copyOf(nodes);
    }

    /** Starts another node that shares this one's database, and waits until it is ready. Close it before this one. */
    public TestServer startBeside(Map<String, String> settings) {
        return launchBeside(settings).awaitReady();
    }

    /** The same without waiting. This one may still be starting. */
    public TestServer launchBeside(Map<String, String> settings) {
        return new TestServer(process.launchBeside(environment(settings)));
    }

    /** The same without the frugal options of short-lived test servers: the virtual machine as an operator has it. */
    public static TestServer startForLoad(Map<String, String> settings) {
        Map<String, String> environment = environment(settings);
        environment.putIfAbsent("JVM_ARGS", "");
        return new TestServer(ServerProcess.launch(environment)).awaitReady();
    }

    /**
     * Launches a server without waiting for it.
     *
     * @param place what goes before its command line, such as the way into a network namespace
     */
    public static TestServer launch(List<String> place, Map<String, String> settings) {
        return new TestServer(ServerProcess.launch(place, environment(settings)));
    }

    private static Map<String, String> environment(Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>();
        settings.forEach(
                (name, value) -> environment.put(name.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"), value));
        return environment;
    }

    /** A client of this server. */
    public Duet duet() {
        return new Duet(process.http(""), contract::witness, contract::witness);
    }

    /** Such as {@code http("/api/users/me")}. */
    public URI http(String path) {
        return process.http(path);
    }

    /** Where the server keeps its data, the embedded PostgreSQL's included. */
    public Path data() {
        return process.data();
    }

    public Contract contract() {
        return contract;
    }

    /** How long the start took until the server was ready. */
    public Duration startedWithin() {
        return startedWithin;
    }

    public ProcessHandle process() {
        return process.process();
    }

    /** Where the embedded PostgreSQL listens, for a load that fills its tables. */
    public String databaseUrl() {
        return "jdbc:postgresql://127.0.0.1:" + process.postgreSqlPort() + "/duet?user=postgres";
    }

    /** The first process of the embedded PostgreSQL. */
    public ProcessHandle postmaster() {
        return process.postgreSql();
    }

    /** SIGTERM, and waits for the end. */
    public void terminate() {
        process.terminate();
    }

    /** Whether its probe says that it can serve. */
    public boolean isReady() {
        return process.isReady();
    }

    /** The value of a metric without labels, or NaN when there is none. */
    public double metric(String name) {
        return duet().rest()
                .get("/metrics", null)
                .raw()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    /** What the server has written to its log since its latest start. */
    public String log() {
        return process.log();
    }

    /** kill -9 of the server alone; its PostgreSQL stays. */
    public void kill() {
        process.kill();
    }

    /** Starts again after the end, on the same data. */
    public void restart() {
        process.restart();
    }

    /** An orderly stop and a new start, until it is ready. */
    public void terminateAndRestart() {
        process.terminate();
        process.restart();
    }

    /** The same without waiting until it is ready. */
    public void launchAgain() {
        process.launchAgain();
    }

    /** Sends a signal by its name, STOP or TERM for instance. */
    public static void signal(String name, ProcessHandle process) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
            if (!kill.waitFor(5, TimeUnit.SECONDS)) {
                throw new IllegalStateException("kill did not end");
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Resident memory of the server process, without its database (proc(5), VmRSS). */
    public long residentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process().pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        process.close();
    }
}
