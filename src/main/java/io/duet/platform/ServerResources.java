package io.duet.platform;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/** Makes what the server lends injectable under plain Java types, so that rooms can be built by {@code new} in tests. */
@Singleton
final class ServerResources {
    private static final Logger LOG = Logger.getLogger(ServerResources.class);

    /** A few of what they do waits for the database or a directory. */
    private static final int SCHEDULER_THREADS = 8;

    @Resource(name = "jdbc/duet", shareable = false)
    private DataSource dataSource;

    @Resource(lookup = "java:comp/DefaultManagedExecutorService")
    private ManagedExecutorService executor;

    @Resource(lookup = "java:comp/DefaultManagedThreadFactory")
    private ManagedThreadFactory threadFactory;

    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** Before anything of the application has threads of its own. */
    @PostConstruct
    void startThreads() {
        EarlyThreads.of(executor);
        EarlyThreads.ofDeadlines();
    }

    @Produces
    @Singleton
    @Typed({DataSource.class, MeteredDataSource.class})
    MeteredDataSource dataSource(MeterRegistry meters) {
        return new MeteredDataSource(dataSource, meters);
    }

    /** Their names are known from the database only, so they cannot be injected. */
    @Produces
    @Singleton
    ShardSources shardSources(MeteredDataSource home) {
        return shard -> home.with(lookUp("jdbc/duet-" + shard));
    }

    /** Open Liberty has a data source by its bare name, WildFly beneath {@code java:/}. */
    @SuppressWarnings("BanJNDI") // the names are those of shard_buckets, letters and digits
    private static DataSource lookUp(String name) {
        for (String place : List.of("", "java:/")) {
            try {
                return InitialContext.<DataSource>doLookup(place + name);
            } catch (NamingException e) {
                LOG.debugf("No data source %s%s: %s", place, name, e.getMessage());
            }
        }
        throw new IllegalStateException(
                "shard_buckets names a shard that this server knows no data source of: " + name);
    }

    @Produces
    @Singleton
    @Typed({Executor.class, ExecutorService.class})
    ManagedExecutorService executor() {
        return executor;
    }

    @Produces
    @Singleton
    @Background
    @Typed(Executor.class)
    LimitedParallelism background() {
        return new LimitedParallelism(executor, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    /**
     * Not the server's: that one keeps what has been cancelled until it would have been due, and an application that has ended with it; and on Open
     * Liberty it searches all that waits whenever something is scheduled.
     */
    @Produces
    @Singleton
    @Typed(ScheduledExecutorService.class)
    ScheduledThreadPoolExecutor scheduler() {
        var scheduler = new ScheduledThreadPoolExecutor(SCHEDULER_THREADS, threadFactory);
        scheduler.setRemoveOnCancelPolicy(true);
        scheduler.prestartAllCoreThreads();
        return scheduler;
    }

    void close(@Disposes ScheduledExecutorService scheduler) {
        scheduler.shutdownNow();
    }

    @Produces
    @Singleton
    @Typed(ThreadFactory.class)
    ManagedThreadFactory threadFactory() {
        return threadFactory;
    }

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    @Typed({MeterRegistry.class, PrometheusMeterRegistry.class})
    PrometheusMeterRegistry meters() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        collections.bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return registry;
    }

    void close(@Disposes PrometheusMeterRegistry registry) {
        collections.close();
        registry.close();
    }
}
