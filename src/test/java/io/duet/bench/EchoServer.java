package io.duet.bench;

import io.duet.system.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** An Open Liberty of its own, with nothing but its WebSocket feature and {@link EchoEndpoint}. */
final class EchoServer implements AutoCloseable {
    private static final Path INSTALLATION = Path.of("target/liberty/wlp").toAbsolutePath();
    private static final Path CLASSES = Path.of("target/test-classes").toAbsolutePath();
    private static final Duration START = Duration.ofMinutes(2);

    private final int port;
    private final Process process;

    EchoServer() throws IOException {
        port = ServerProcess.freePort();
        final Path home = Files.createDirectories(Path.of("target/bench/echo")).toAbsolutePath();
        final Path server = Files.createDirectories(home.resolve("servers/echo"));
        final Path classes = Files.createDirectories(server.resolve("apps/echo.war/WEB-INF/classes/io/duet/bench"));
        final String file = EchoEndpoint.class.getSimpleName() + ".class";
        Files.write(
                classes.resolve(file),
                Files.readAllBytes(CLASSES.resolve("io/duet/bench").resolve(file)));
        Files.writeString(server.resolve("server.xml"), """
                <server>
                  <featureManager><feature>websocket-2.1</feature></featureManager>
                  <httpEndpoint id="defaultHttpEndpoint" host="127.0.0.1" httpPort="%d" httpsPort="-1"/>
                  <webApplication location="echo.war" contextRoot="/"/>
                </server>
                """.formatted(port));
        final var builder = new ProcessBuilder(
                        INSTALLATION.resolve("bin/server").toString(), "run", "echo")
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("console.log").toFile());
        builder.environment().put("WLP_USER_DIR", home.toString());
        builder.environment().put("WLP_OUTPUT_DIR", home.resolve("output").toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        process = builder.start();
        awaitStart(home);
    }

    private void awaitStart(Path home) throws IOException {
        final long end = System.nanoTime() + START.toNanos();
        while (!Files.readString(home.resolve("console.log")).contains("CWWKT0016I") || !listens()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                close();
                throw new IllegalStateException(Files.readString(home.resolve("console.log")));
            }
            pause();
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    URI base() {
        return URI.create("http://127.0.0.1:" + port);
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
