package io.duet.system;

import io.duet.system.client.Contract;
import io.duet.system.client.Duet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A server process with its own data directory, as one test or all tests use it: what {@link ServerProcess} starts, with
 * clients that hold every answer against the contract. Restart keeps the data.
 */
public final class TestServer implements AutoCloseable {

    private final Path data;
    private final Map<String, String> settings;
    private final Contract contract;
    private ServerProcess process;

    private TestServer(Path data, Map<String, String> settings, Contract contract) {
        this.data = data;
        this.settings = settings;
        this.contract = contract;
    }

    /** Starts a server with a fresh data directory and waits until it is ready. */
    public static TestServer start(Map<String, String> settings) {
        try {
            TestServer server =
                    new TestServer(Files.createTempDirectory("duet-system"), settings, Contract.ofThisBuild());
            server.start();
            return server;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The same without the frugal settings of short-lived test servers: as an operator would run it. */
    public static TestServer startForLoad(Map<String, String> settings) {
        return start(settings);
    }

    /** Starts the process again on the same data after it ended. */
    public void start() {
        process = ServerProcess.start(data, settings);
    }

    /** A client of the process that runs now. */
    public Duet duet() {
        return new Duet(process.uri(), contract::witness, contract::witness);
    }

    public Contract contract() {
        return contract;
    }

    public long pid() {
        return process.pid();
    }

    /** kill -9 of the server alone; its PostgreSQL stays. */
    public void kill() {
        process.kill();
    }

    /** The first process of the embedded PostgreSQL. */
    public ProcessHandle postmaster() {
        return process.postmaster();
    }

    /** Sends a signal by its name, STOP or KILL for instance. */
    public static void signal(String name, long pid) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
            if (!kill.waitFor(5, java.util.concurrent.TimeUnit.SECONDS)) {
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
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }

    public Duration startedWithin() {
        return process.startedWithin();
    }

    @Override
    public void close() {
        process.close();
    }
}
