package io.duet.socket;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import org.jboss.logging.Logger;

/** Makes the {@link Wire} of a connection: the one that this server needs. Any thread. */
@Singleton
final class Wires {
    private static final Logger LOG = Logger.getLogger(Wires.class);

    private final ScheduledExecutorService scheduler;
    /** Null until the first connection has shown which server this is. */
    private volatile Optional<LibertyTcp> liberty;

    @Inject
    Wires(ScheduledExecutorService scheduler) {
        this.scheduler = scheduler;
    }

    Wire over(WebConnection connection) throws IOException {
        Optional<LibertyTcp> known = liberty;
        if (known == null) {
            known = LibertyTcp.beneath(connection);
            liberty = known;
            LOG.infof("Connections go over %s", known.isPresent() ? "Open Liberty's TCP channel" : "the Servlet API");
        }
        return known.isPresent() ? new LibertyWire(known.get(), connection, scheduler) : new ServletWire(connection);
    }
}
