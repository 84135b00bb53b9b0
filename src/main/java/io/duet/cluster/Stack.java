package io.duet.cluster;

import io.duet.config.DuetConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jgroups.conf.ConfiguratorFactory;
import org.jgroups.conf.ProtocolConfiguration;

/** Stacks of JGroups protocols, the transport first: from a file in {@code cluster/} and what the settings say. */
final class Stack {
    /** Discovery is above the transport and RED. */
    private static final int PLACE_OF_DISCOVERY = 2;

    /** So many of another node have to be missing before it is suspected. */
    private static final int HEARTBEATS = 3;

    private Stack() {}

    /** A node that looks for nobody. */
    static List<ProtocolConfiguration> alone() {
        return resource("alone");
    }

    /**
     * A node among others.
     *
     * @param address to listen on
     * @param port to begin with; 0 for any
     */
    static List<ProtocolConfiguration> amongOthers(DuetConfig.Cluster config, String address, int port) {
        List<ProtocolConfiguration> stack = resource("nodes");
        Map<String, String> transport = stack.get(0).getProperties();
        transport.putAll(Map.of("bind_addr", address, "bind_port", Integer.toString(port)));
        stack.set(0, own(ConnectingTcp.class, transport));
        long timeoutMillis = config.failureTimeout().toMillis();
        protocol(stack, "FD_ALL3")
                .getProperties()
                .putAll(Map.of(
                        "timeout", Long.toString(timeoutMillis),
                        "interval", Long.toString(timeoutMillis / HEARTBEATS)));
        stack.add(PLACE_OF_DISCOVERY, discovery(config));
        return stack;
    }

    private static ProtocolConfiguration protocol(List<ProtocolConfiguration> stack, String name) {
        return stack.stream()
                .filter(protocol -> protocol.getProtocolName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static ProtocolConfiguration own(Class<?> protocol, Map<String, String> properties) {
        return new ProtocolConfiguration(protocol.getName(), properties, Stack.class.getClassLoader());
    }

    private static ProtocolConfiguration discovery(DuetConfig.Cluster config) {
        return switch (config.discovery()) {
            case DATABASE -> own(DatabaseDiscovery.class, Map.of());
            case DNS ->
                new ProtocolConfiguration(
                        "dns.DNS_PING", Map.of("dns_query", config.dnsQuery().orElseThrow()));
            case HOSTS ->
                new ProtocolConfiguration(
                        "TCPPING",
                        Map.of(
                                "initial_hosts",
                                config.hosts().stream().map(Stack::host).collect(Collectors.joining(",")),
                                "port_range",
                                "0"));
            case NONE -> throw new IllegalArgumentException("No discovery");
        };
    }

    /** JGroups writes {@code host[port]}. */
    private static String host(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        boolean withPort = colon > hostAndPort.lastIndexOf(']');
        String host = withPort ? hostAndPort.substring(0, colon) : hostAndPort;
        String port = withPort ? hostAndPort.substring(colon + 1) : Integer.toString(DuetConfig.Cluster.DEFAULT_PORT);
        return host.replace("[", "").replace("]", "") + "[" + port + "]";
    }

    private static List<ProtocolConfiguration> resource(String name) {
        try (InputStream file = Stack.class.getResourceAsStream("/cluster/" + name + ".xml")) {
            return of(file.readAllBytes());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param xml a configuration of JGroups */
    static List<ProtocolConfiguration> of(byte[] xml) {
        try {
            return new ArrayList<>(ConfiguratorFactory.getStackConfigurator(new ByteArrayInputStream(xml))
                    .getProtocolStack());
        } catch (Exception e) {
            throw new IllegalStateException("Not a stack of JGroups", e);
        }
    }
}
