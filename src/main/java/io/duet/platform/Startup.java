package io.duet.platform;

import io.duet.config.DuetConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.BeforeDestroyed;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/**
 * The order of the start: settings, database, then {@link Started} for every room that has something to start. A failure
 * on the way keeps the application from starting. And the order of the end: {@link Stopping}.
 */
@Singleton
public final class Startup {
    private static final Logger LOG = Logger.getLogger(Startup.class);

    private final Provider<DuetConfig> config;
    private final Database database;
    private final Greeting greeting;
    private final Event<Started> started;
    private final Event<Stopping> stopping;
    private volatile boolean complete;

    @Inject
    Startup(
            Provider<DuetConfig> config,
            Database database,
            Greeting greeting,
            Event<Started> started,
            Event<Stopping> stopping) {
        this.config = config;
        this.database = database;
        this.greeting = greeting;
        this.started = started;
        this.stopping = stopping;
    }

    /** Whether every room has started. */
    public boolean complete() {
        return complete;
    }

    void start(@Observes @Initialized(ApplicationScoped.class) Object context) {
        try {
            DuetConfig checked = config.get();
            database.migrate();
            started.fire(new Started());
            complete = true;
            LOG.infof(
                    "Node %s of cluster %s has started",
                    checked.cluster().nodeName(), checked.cluster().name());
            greeting.ready();
        } catch (RuntimeException e) {
            greeting.failed(e);
            throw e;
        }
    }

    void stop(@Observes @BeforeDestroyed(ApplicationScoped.class) Object context) {
        if (complete) {
            stopping.fire(new Stopping());
        }
    }
}
