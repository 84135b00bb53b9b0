package io.duet.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The real server as it is packaged in {@code target} ({@link ServerKind}), in a process of its own: own port, own data, own log. Any number
 * may run side by side. Tests that break nothing use {@link SharedServers}; those that kill or configure make their own with
 * {@link #start} and close it.
 */
public final class ServerProcess implements AutoCloseable {
    private static final ServerKind KIND = ServerKind.ofThisBuild();
    private static final Path RUNS = Path.of("target/system").toAbsolutePath();
    private static final Duration START_DEADLINE = Duration.ofMinutes(5);
    private static final Duration STOP_DEADLINE = Duration.ofMinutes(2);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Path directory;
    private final Path data;
    private final boolean ownsData;
    private final int port;
    private final Map<String, String> environment;
    private final List<String> place;
    private Process process;

    private ServerProcess(Optional<ServerProcess> beside, List<String> place, Map<String, String> environment) {
        this.place = place;
        directory = RUNS.resolve(ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet());
        data = beside.map(ServerProcess::data).orElse(directory.resolve("data"));
        ownsData = beside.isEmpty();
        port = freePort();
        this.environment = new LinkedHashMap<>(Map.of(
                "DUET_HTTP_HOST", "127.0.0.1",
                "DUET_HTTP_PORT", Integer.toString(port),
                "DUET_DATA_DIR", data.toString(),
                "DUET_POSTGRESQL_BINARIES",
                        RUNS.resolveSibling("postgresql-binaries").toString(),
                "JAVA_HOME", System.getProperty("java.home"),
                "JVM_ARGS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m"));
        this.environment.putAll(KIND.environment(directory));
        this.environment.putAll(environment);
    }

    /** A server of one's own, ready. */
    public static ServerProcess start(Map<String, String> environment) {
        ServerProcess server = launch(environment);
        server.awaitReady();
        return server;
    }

    /** A server of one's own that has only just been launched and may never become ready. */
    public static ServerProcess launch(Map<String, String> environment) {
        return launch(List.of(), environment);
    }

    /**
     * The same somewhere else on this machine.
     *
     * @param place what goes before the command line to get there, such as into a network namespace
     */
    public static ServerProcess launch(List<String> place, Map<String, String> environment) {
        var server = new ServerProcess(Optional.empty(), place, environment);
        server.launch();
        return server;
    }

    /** Launches another node that shares this one's database, and so its cluster. This one may still be starting. */
    public ServerProcess launchBeside(Map<String, String> environment) {
        var server = new ServerProcess(Optional.of(this), place, environment);
        server.launch();
        return server;
    }

    private void launch() {
        try {
            Files.createDirectories(directory);
            List<String> command = new ArrayList<>(place);
            command.addAll(KIND.command());
            var builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(consoleFile().toFile()));
            builder.environment().keySet().removeIf(name -> name.startsWith("DUET_"));
            builder.environment().putAll(environment);
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException("Is the server packaged? (./mvnw package)", e);
        }
    }

    /** Waits until the server says on {@code /health/ready} that it can serve. */
    public void awaitReady() {
        long end = System.nanoTime() + START_DEADLINE.toNanos();
        while (!isReady()) {
            if (!process.isAlive() || console().contains("Duet has not started") || System.nanoTime() > end) {
                String console = console();
                close();
                throw new IllegalStateException("The server did not become ready:\n" + console);
            }
            pause();
        }
    }

    public boolean isReady() {
        return status("/health/ready") == 200;
    }

    /** The HTTP status of a GET, or 0 when there is no answer. */
    public int status(String path) {
        try {
            var request = HttpRequest.newBuilder(http(path))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            return CLIENT.send(request, BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** Such as {@code http("/api/users/me")}. */
    public URI http(String path) {
        return URI.create("http://" + environment.get("DUET_HTTP_HOST") + ":" + port + path);
    }

    public URI chat() {
        return URI.create("ws://" + environment.get("DUET_HTTP_HOST") + ":" + port + "/chat");
    }

    public ProcessHandle process() {
        return process.toHandle();
    }

    /** The main process of this server's embedded PostgreSQL. */
    public ProcessHandle postgreSql() {
        try {
            String pid = Files.readAllLines(data().resolve("postgresql/postmaster.pid"))
                    .get(0);
            return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port of that PostgreSQL on the loopback. */
    public int postgreSqlPort() {
        try {
            return Integer.parseInt(Files.readAllLines(data().resolve("postgresql/postmaster.pid"))
                    .get(3)
                    .strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path data() {
        return data;
    }

    /** Everything that this server has written to its console, over all its starts. */
    public String console() {
        try {
            return Files.exists(consoleFile()) ? Files.readString(consoleFile(), UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The server's log, more detailed than the console, of its latest start, without a line that is being written. */
    public String log() {
        try {
            String log = new String(Files.readAllBytes(KIND.log(directory)), UTF_8);
            return log.substring(0, log.lastIndexOf('\n') + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path consoleFile() {
        return directory.resolve("console.log");
    }

    /** SIGKILL: the process ends here and now. Its PostgreSQL goes on. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM, and the exit status once the process has ended. */
    public int terminate() {
        process.destroy();
        awaitEnd();
        return process.exitValue();
    }

    /** Starts the server again after its end, with the same port and data, and waits until it is ready. */
    public void restart() {
        launchAgain();
        awaitReady();
    }

    /** The same without waiting. */
    public void launchAgain() {
        if (process.isAlive()) {
            throw new IllegalStateException("The server still runs");
        }
        launch();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(STOP_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("The server did not end:\n" + console());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends the server, and its PostgreSQL where a kill left that behind: close nodes beside it before. */
    @Override
    public void close() {
        if (process.isAlive()) {
            terminate();
        }
        if (ownsData && Files.exists(data().resolve("postgresql/postmaster.pid"))) {
            postgreSql().destroyForcibly();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A port of the loopback address where nobody listens now. */
    public static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
