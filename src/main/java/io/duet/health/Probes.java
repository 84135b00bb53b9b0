package io.duet.health;

import io.duet.cluster.Cluster;
import io.duet.platform.Database;
import io.duet.platform.Startup;
import io.duet.socket.LiveConnections;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * The three probes of MicroProfile Health. Started: every room has started, once and for all. Ready: just now a statement
 * came back from the database and a value from a cache, and the node is not about to leave. Live: the server answers at all, which says nothing about the database, since a restart would
 * not mend that.
 *
 * <p>A server may make these beans before it starts the application, as WildFly does, so they must not make what they look at.
 */
@Singleton
final class Probes {
    private static final Duration DATABASE_DEADLINE = Duration.ofSeconds(2);
    private static final Duration CLUSTER_DEADLINE = Duration.ofSeconds(2);

    private final Provider<Startup> startup;
    private final Provider<Database> database;
    private final Provider<Cluster> cluster;
    private final Provider<LiveConnections> connections;

    @Inject
    Probes(
            Provider<Startup> startup,
            Provider<Database> database,
            Provider<Cluster> cluster,
            Provider<LiveConnections> connections) {
        this.startup = startup;
        this.database = database;
        this.cluster = cluster;
        this.connections = connections;
    }

    @Produces
    @Singleton
    @org.eclipse.microprofile.health.Startup
    HealthCheck started() {
        return () -> HealthCheckResponse.named("rooms")
                .status(startup.get().complete())
                .build();
    }

    @Produces
    @Singleton
    @Readiness
    HealthCheck database() {
        return () -> HealthCheckResponse.named("database")
                .status(startup.get().complete() && database.get().usable(DATABASE_DEADLINE))
                .build();
    }

    @Produces
    @Singleton
    @Readiness
    HealthCheck caches() {
        return () -> HealthCheckResponse.named("caches")
                .status(startup.get().complete() && cluster.get().usable(CLUSTER_DEADLINE))
                .build();
    }

    @Produces
    @Singleton
    @Readiness
    HealthCheck connections() {
        return () -> HealthCheckResponse.named("connections")
                .status(startup.get().complete() && !connections.get().draining())
                .build();
    }

    @Produces
    @Singleton
    @Liveness
    HealthCheck alive() {
        return () -> HealthCheckResponse.up("server");
    }
}
