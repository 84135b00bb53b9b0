package io.duet.system.faults;

import io.duet.system.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Nodes of one cluster, each in a network namespace of its own, and their database. */
final class Site implements AutoCloseable {

    private static final Path RUNS = Path.of("target/system").toAbsolutePath();

    private final Networks networks;
    private final DatabaseServer database;
    private final List<TestServer> nodes = new ArrayList<>();
    private final Thread emergency = new Thread(this::abandon);

    /** @param perNode settings by their names, and variables of the environment, of each node */
    Site(List<Map<String, String>> perNode) {
        Runtime.getRuntime().addShutdownHook(emergency);
        networks = new Networks(perNode.size());
        List<String> addresses = new ArrayList<>();
        for (int node = 0; node < perNode.size(); node++) {
            addresses.add(networks.databaseAddress(node));
        }
        try {
            Files.createDirectories(RUNS);
            Path data = Files.createTempDirectory(RUNS, "database");
            database = new DatabaseServer(data, addresses, networks.range());
        } catch (IOException e) {
            networks.close();
            throw new UncheckedIOException(e);
        }
        for (int node = 0; node < perNode.size(); node++) {
            Map<String, String> settings = new HashMap<>(perNode.get(node));
            settings.put("DUET_HTTP_HOST", networks.address(node));
            settings.put("DUET_DB_URL", database.url(networks.databaseAddress(node)));
            settings.put("duet.cluster.bind-address", networks.clusterAddress(node));
            nodes.add(TestServer.launch(networks.on(node), settings));
        }
        nodes.forEach(TestServer::awaitReady);
    }

    static Site of(int nodes, Map<String, String> settings) {
        return new Site(Collections.nCopies(nodes, settings));
    }

    Networks networks() {
        return networks;
    }

    DatabaseServer database() {
        return database;
    }

    List<TestServer> nodes() {
        return nodes;
    }

    TestServer node(int index) {
        return nodes.get(index);
    }

    List<URI> addresses() {
        return nodes.stream().map(node -> node.duet().base()).toList();
    }

    /** Starts the nodes again whose processes have ended, all at once, and waits until they are ready. */
    void startAgain(List<TestServer> ended) {
        ended.forEach(TestServer::launchAgain);
        ended.forEach(TestServer::awaitReady);
    }

    /** The run was cut short. */
    private void abandon() {
        nodes.forEach(TestServer::kill);
        networks.close();
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(emergency);
        nodes.forEach(TestServer::close);
        database.close();
        networks.close();
    }
}
