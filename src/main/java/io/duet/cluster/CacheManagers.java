package io.duet.cluster;

import io.duet.config.DuetConfig;
import io.duet.config.DuetConfig.Discovery;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import javax.sql.DataSource;
import org.infinispan.configuration.global.GlobalConfiguration;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.configuration.global.ShutdownHookBehavior;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.protostream.SerializationContextInitializer;
import org.infinispan.remoting.transport.Transport;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;
import org.jgroups.JChannel;
import org.jgroups.conf.ProtocolConfiguration;

/**
 * Starts this node's cache manager on a JGroups channel: alone, or among the others that share its database, one node
 * after the other.
 */
@Singleton
final class CacheManagers {
    private static final String OWN_TYPES = "io.duet.";
    /**
     * A tenth of it is how long Infinispan waits for a member of a view that does not answer, in a split for one that has gone
     * over to the other side; no later view, not even that of the merge, is looked at before.
     */
    private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(20);

    private final DuetConfig.Cluster config;
    private final DataSource dataSource;

    @Inject
    CacheManagers(DuetConfig config, DataSource dataSource) {
        this(config.cluster(), dataSource);
    }

    CacheManagers(DuetConfig.Cluster config, DataSource dataSource) {
        this.config = config;
        this.dataSource = dataSource;
    }

    @Produces
    @Singleton
    EmbeddedCacheManager start() {
        return config.discovery() == Discovery.NONE ? alone() : amongOthers();
    }

    void stop(@Disposes EmbeddedCacheManager manager) {
        manager.stop();
        SharedThreads.end();
    }

    /** Channels in one process with the loopback transport would hear each other under one name. */
    private EmbeddedCacheManager alone() {
        return start(config.name() + "-" + config.nodeName(), Stack.alone(), Optional.empty());
    }

    private EmbeddedCacheManager amongOthers() {
        var rendezvous = new Rendezvous(dataSource);
        try {
            Rendezvous.Identity identity = rendezvous.identity();
            Place place = Place.of(config, rendezvous.ownAddress());
            Optional<SecretTls> tls = config.secret()
                    .or(() -> place.loopback() ? Optional.empty() : Optional.of(identity.secret()))
                    .map(SecretTls::new);
            String cluster = config.name() + "-" + identity.id();
            try (var turn = rendezvous.awaitTurn(cluster)) {
                boolean byDatabase = config.discovery() == Discovery.DATABASE;
                boolean others = rendezvous.forgetTheDead(cluster, byDatabase);
                rendezvous.agreeOn(cluster, tls.map(SecretTls::fingerprint).orElse("none"), others);
                var manager = start(cluster, Stack.amongOthers(config, place.address(), place.port()), tls);
                if (!byDatabase) {
                    rendezvous.enter(cluster, channelOf(manager));
                }
                return manager;
            }
        } catch (SQLException e) {
            throw new IllegalStateException("The cluster cannot be entered without the database", e);
        }
    }

    static JChannel channelOf(EmbeddedCacheManager manager) {
        return ((JGroupsTransport) GlobalComponentRegistry.componentOf(manager, Transport.class)).getChannel();
    }

    EmbeddedCacheManager start(String clusterName, List<ProtocolConfiguration> stack, Optional<SecretTls> tls) {
        return new DefaultCacheManager(global(clusterName, new ChannelFromStack(stack, dataSource, tls)), true);
    }

    /** Where this node listens to the others. */
    private record Place(String address, int port, boolean loopback) {
        static Place of(DuetConfig.Cluster config, Optional<InetAddress> own) {
            String address = config.bindAddress()
                    .or(() -> own.map(InetAddress::getHostAddress))
                    .orElse("SITE_LOCAL");
            boolean loopback = address.startsWith("127.")
                    || address.equals("localhost")
                    || address.equals("::1")
                    || address.equals("0:0:0:0:0:0:0:1");
            return new Place(address, config.port().orElse(loopback ? 0 : DuetConfig.Cluster.DEFAULT_PORT), loopback);
        }
    }

    private GlobalConfiguration global(String clusterName, ChannelFromStack channel) {
        var global = new GlobalConfigurationBuilder();
        ClassLoader classes = CacheManagers.class.getClassLoader();
        global.classLoader(classes);
        global.cacheManagerName(config.nodeName());
        global.transport()
                .defaultTransport()
                .addProperty(JGroupsTransport.CHANNEL_CONFIGURATOR, channel)
                .clusterName(clusterName)
                .nodeName(config.nodeName())
                .distributedSyncTimeout(SYNC_TIMEOUT.toMillis());
        global.shutdown().hookBehavior(ShutdownHookBehavior.DONT_REGISTER);
        global.jmx().disable();
        global.metrics().gauges(false).histograms(false);
        for (var schema : ServiceLoader.load(SerializationContextInitializer.class, classes)) {
            if (schema.getClass().getName().startsWith(OWN_TYPES)) {
                global.serialization().addContextInitializer(schema);
            }
        }
        return global.build();
    }
}
