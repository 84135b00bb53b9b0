package io.duet.delivery;

import io.duet.config.DuetConfig;
import io.duet.message.MessageLog;
import io.duet.message.StoredMessage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Finds what a lost notice left behind: asks the truth, for the devices connected here, for messages that have been pending
 * too long, and for connections that have lost their right. A connection passes over what it has already sent.
 */
final class Reconciliation {
    private static final Logger LOG = Logger.getLogger(Reconciliation.class);
    private static final int MESSAGES_PER_DEVICE = 256;
    private static final int DEVICES_PER_QUERY = 1000;

    private final Connections connections;
    private final MessageLog log;
    private final Eviction eviction;
    private final DuetConfig.Reconcile times;
    private final DeliveryMetrics metrics;

    Reconciliation(
            Connections connections,
            MessageLog log,
            Eviction eviction,
            DuetConfig.Reconcile times,
            DeliveryMetrics metrics) {
        this.connections = connections;
        this.log = log;
        this.eviction = eviction;
        this.times = times;
        this.metrics = metrics;
    }

    /** Blocks on the database. */
    void run() {
        try {
            final List<Connection> all = new ArrayList<>(connections.all());
            for (int from = 0; from < all.size(); from += DEVICES_PER_QUERY) {
                final Collection<Connection> some = all.subList(from, Math.min(all.size(), from + DEVICES_PER_QUERY));
                offerPending(some);
                eviction.look(some);
            }
        } catch (RuntimeException e) {
            LOG.warnf(e, "Reconciliation failed; the next one is in %s", times.interval());
        }
    }

    private void offerPending(Collection<Connection> some) {
        final Map<UUID, Connection> byDevice = new HashMap<>();
        some.forEach(connection -> byDevice.put(connection.deviceId(), connection));
        final Map<UUID, List<StoredMessage>> pending =
                log.pendingOlderThan(byDevice.keySet(), times.age(), MESSAGES_PER_DEVICE);
        pending.forEach((device, messages) -> {
            metrics.reconciled(messages.size());
            byDevice.get(device).link().offer(messages);
        });
    }
}
