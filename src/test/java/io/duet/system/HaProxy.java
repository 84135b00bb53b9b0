package io.duet.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The HAProxy of this machine with the configuration that operators get, in front of two nodes. */
final class HaProxy implements AutoCloseable {
    static final Path CONFIGURATION = Path.of("deploy/haproxy/haproxy.cfg");

    private final int port = ServerProcess.freePort();
    private final Path log;
    private final Process process;

    HaProxy(TestServer first, TestServer second) {
        try {
            log = Files.createTempFile("haproxy", ".log");
            List<String> command = new ArrayList<>(List.of("haproxy", "-W", "-db", "-f", CONFIGURATION.toString()));
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().put("DUET_PROXY_BIND", "127.0.0.1:" + port);
            builder.environment().put("DUET_NODE_1", address(first));
            builder.environment().put("DUET_NODE_2", address(second));
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("Is HAProxy installed? (package haproxy)", e);
        }
    }

    private static String address(TestServer node) {
        return node.http("/").getAuthority();
    }

    /** For clients. */
    URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** A line for each request, and one for each change of a node's health. */
    String log() {
        try {
            return Files.readString(log, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Files.delete(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
