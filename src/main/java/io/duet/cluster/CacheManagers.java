package io.duet.cluster;

import io.duet.config.DuetConfig;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ServiceLoader;
import javax.sql.DataSource;
import org.infinispan.configuration.global.GlobalConfiguration;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.configuration.global.ShutdownHookBehavior;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.protostream.SerializationContextInitializer;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;

/**
 * Starts this node's cache manager on a JGroups channel. The stack is {@code local}, {@code tcp} or the path of a JGroups
 * configuration; the two built-in ones are {@code cluster/*.xml} among the resources.
 */
@Singleton
final class CacheManagers {
    private static final String OWN_TYPES = "io.duet.";

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
        return start(stack());
    }

    void stop(@Disposes EmbeddedCacheManager manager) {
        manager.stop();
    }

    /** @param stack a JGroups configuration in XML */
    EmbeddedCacheManager start(byte[] stack) {
        ChannelFromStack channel;
        try {
            channel = new ChannelFromStack(config.stack(), stack, dataSource);
        } catch (Exception e) {
            throw new IllegalStateException("duet.cluster.stack: \"" + config.stack() + "\" is no JGroups stack", e);
        }
        return new DefaultCacheManager(global(channel), true);
    }

    private GlobalConfiguration global(ChannelFromStack channel) {
        var global = new GlobalConfigurationBuilder();
        ClassLoader classes = CacheManagers.class.getClassLoader();
        global.classLoader(classes);
        global.cacheManagerName(config.nodeName());
        global.transport()
                .defaultTransport()
                .addProperty(JGroupsTransport.CHANNEL_CONFIGURATOR, channel)
                .clusterName(clusterName())
                .nodeName(config.nodeName());
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

    /** Channels in one process with the loopback transport would hear each other under one name. */
    private String clusterName() {
        return isLocal() ? config.name() + "-" + config.nodeName() : config.name();
    }

    private boolean isLocal() {
        return config.stack().equals("local");
    }

    private byte[] stack() {
        try (InputStream builtIn = CacheManagers.class.getResourceAsStream("/cluster/" + config.stack() + ".xml")) {
            return builtIn != null ? builtIn.readAllBytes() : Files.readAllBytes(Path.of(config.stack()));
        } catch (IOException | InvalidPathException e) {
            throw new IllegalStateException("duet.cluster.stack: cannot read \"" + config.stack() + "\"", e);
        }
    }
}
