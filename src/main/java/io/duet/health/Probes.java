package io.duet.health;

import io.duet.cluster.Cluster;
import io.duet.platform.Database;
import io.duet.platform.Startup;
import io.duet.socket.LiveConnections;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
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
 */
@Singleton
final class Probes {
    private static final Duration DATABASE_DEADLINE = Duration.ofSeconds(2);
    private static final Duration CLUSTER_DEADLINE = Duration.ofSeconds(2);

    private final Startup startup;
    private final Database database;
    private final Cluster cluster;
    private final LiveConnections connections;

    @Inject
    Probes(Startup startup, Database database, Cluster cluster, LiveConnections connections) {
        this.startup = startup;
        this.database = database;
        this.cluster = cluster;
        this.connections = connections;
    }

    @Produces
    @Singleton
    @org.eclipse.microprofile.health.Startup
    HealthCheck started() {
        return () ->
                HealthCheckResponse.named("rooms").status(startup.complete()).build();
    }

    @Produces
    @Singleton
    @Readiness
    HealthCheck database() {
        return () -> HealthCheckResponse.named("database")
                .status(startup.complete() && database.usable(DATABASE_DEADLINE))
                .build();
    }

    @Produces
    @Singleton
    @Readiness
    HealthCheck caches() {
        return () -> HealthCheckResponse.named("caches")
                .status(startup.complete() && cluster.usable(CLUSTER_DEADLINE))
                .build();
    }

    @Produces
    @Singleton
    @Readiness
    HealthCheck connections() {
        return () -> HealthCheckResponse.named("connections")
                .status(!connections.draining())
                .build();
    }

    @Produces
    @Singleton
    @Liveness
    HealthCheck alive() {
        return () -> HealthCheckResponse.up("server");
    }
}
