package io.duet.cluster;

import static org.awaitility.Awaitility.await;

import io.duet.config.DuetConfig;
import io.duet.platform.FreePorts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.remoting.transport.Transport;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;
import org.jgroups.JChannel;
import org.jgroups.protocols.DISCARD;
import org.jgroups.protocols.TP;
import org.jgroups.stack.ProtocolStack;

/** Several cache managers in this JVM that speak TCP on the loopback interface, as nodes would. */
public final class TestCluster implements AutoCloseable {
    /** How long the first node, whom nobody answers, looks for others. */
    private static final String FOUNDING_MS = "500";
    /** The others go on as soon as they are answered: none of them founds a cluster of its own because this machine was slow. */
    private static final String JOINING_MS = "10000";

    private final String name = "test-" + UUID.randomUUID();
    private final List<Integer> ports;
    private final List<EmbeddedCacheManager> managers = new ArrayList<>();

    /** Reserves places for so many nodes; none is started. */
    public TestCluster(int nodes) {
        this.ports = FreePorts.some(nodes);
    }

    /** A cluster of one as a single server starts it. */
    public static EmbeddedCacheManager single() {
        return new CacheManagers(config(), null).start();
    }

    public EmbeddedCacheManager start() {
        int index = managers.size();
        var manager = new CacheManagers(config(), null).start(name, Stack.of(stack(index)), Optional.empty());
        managers.add(manager);
        return manager;
    }

    /** Waits until the nodes at these places see exactly each other. */
    public void awaitView(int... indexes) {
        for (int index : indexes) {
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> managers.get(index).getMembers().size() == indexes.length);
        }
    }

    /** From now on the node neither hears nor is heard: to the others it is dead as soon as they notice. */
    public void freeze(int index) {
        try {
            stackOf(index).insertProtocol(new DISCARD().discardAll(true), ProtocolStack.Position.ABOVE, TP.class);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public void thaw(int index) {
        stackOf(index).removeProtocol(DISCARD.class);
    }

    private ProtocolStack stackOf(int index) {
        return channelOf(managers.get(index)).getProtocolStack();
    }

    static JChannel channelOf(EmbeddedCacheManager manager) {
        return ((JGroupsTransport) GlobalComponentRegistry.componentOf(manager, Transport.class)).getChannel();
    }

    @Override
    public void close() {
        for (int i = managers.size() - 1; i >= 0; i--) {
            managers.get(i).stop();
        }
    }

    private byte[] stack(int index) {
        try (var template = TestCluster.class.getResourceAsStream("/cluster/test.xml")) {
            return new String(template.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@port@", ports.get(index).toString())
                    .replace("@join@", index == 0 ? FOUNDING_MS : JOINING_MS)
                    .replace(
                            "@hosts@",
                            ports.stream()
                                    .map(port -> "127.0.0.1[" + port + "]")
                                    .collect(Collectors.joining(",")))
                    .getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DuetConfig.Cluster config() {
        return new DuetConfig.Cluster(
                "test",
                "node-" + UUID.randomUUID(),
                DuetConfig.Discovery.NONE,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(2));
    }
}
