package io.duet.system;

import io.duet.system.client.Contract;
import io.duet.system.client.Duet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
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
    private final Duration startedWithin;

    private TestServer(Map<String, String> environment) {
        long launched = System.nanoTime();
        process = ServerProcess.start(environment);
        startedWithin = Duration.ofNanos(System.nanoTime() - launched);
    }

    /**
     * Starts a server with fresh data and waits until it is ready.
     *
     * @param settings by their names, as in {@code duet.registration}
     */
    public static TestServer start(Map<String, String> settings) {
        return new TestServer(environment(settings));
    }

    /** The same without the frugal options of short-lived test servers: the virtual machine as an operator has it. */
    public static TestServer startForLoad(Map<String, String> settings) {
        Map<String, String> environment = environment(settings);
        environment.putIfAbsent("JVM_ARGS", "");
        return new TestServer(environment);
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

    /** kill -9 of the server alone; its PostgreSQL stays. */
    public void kill() {
        process.kill();
    }

    /** Starts again after the end, on the same data. */
    public void restart() {
        process.restart();
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
