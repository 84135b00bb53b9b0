package io.duet.system.faults;

import io.duet.system.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Two nodes with two databases from the beginning, made as {@code docs/scale-out.md} says. */
final class DividedSite implements AutoCloseable {
    private static final Path RUNS = Path.of("target/system").toAbsolutePath();
    private static final String NOBODY_ELSE = "127.0.0.1/32";
    private static final int NODES = 2;

    private final DatabaseServer home = database();
    private final DatabaseServer second = database();
    private final List<TestServer> nodes = new ArrayList<>();

    DividedSite(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("DUET_DB_URL", home.url("127.0.0.1"));
        TestServer first = TestServer.launch(List.of(), all).awaitReady();
        first.close();
        home.execute("UPDATE shard_buckets SET shard = '1' WHERE bucket >= 512", "duet");
        all.put("DUET_DB_1_URL", second.url("127.0.0.1"));
        for (int node = 0; node < NODES; node++) {
            nodes.add(TestServer.launch(List.of(), all));
        }
        nodes.forEach(TestServer::awaitReady);
    }

    private static DatabaseServer database() {
        try {
            Files.createDirectories(RUNS);
            return new DatabaseServer(Files.createTempDirectory(RUNS, "database"), List.of(), NOBODY_ELSE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    DatabaseServer home() {
        return home;
    }

    /** That of shard 1. */
    DatabaseServer second() {
        return second;
    }

    /** That which has this conversation. */
    DatabaseServer of(UUID conversation) {
        return home.count("SELECT shard_bucket('" + conversation + "')") >= 512 ? second : home;
    }

    List<TestServer> nodes() {
        return nodes;
    }

    List<URI> addresses() {
        return nodes.stream().map(node -> node.duet().base()).toList();
    }

    @Override
    public void close() {
        nodes.forEach(TestServer::close);
        second.close();
        home.close();
    }
}
