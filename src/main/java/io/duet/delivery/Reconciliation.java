package io.duet.delivery;

import io.duet.config.DuetConfig;
import io.duet.message.MessageLog;
import io.duet.message.StoredMessage;
import java.time.Duration;
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
    /** Of messages whose notice a node that has just gone may have taken with it. */
    private static final Duration AGE_AFTER_LOSS = Duration.ofSeconds(1);

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
        run(times.age());
    }

    /** The view has changed: not all that was told just before has arrived. Blocks on the database. */
    void runAfterLoss() {
        run(AGE_AFTER_LOSS);
    }

    private void run(Duration age) {
        try {
            final List<Connection> all = new ArrayList<>(connections.all());
            for (int from = 0; from < all.size(); from += DEVICES_PER_QUERY) {
                final Collection<Connection> some = all.subList(from, Math.min(all.size(), from + DEVICES_PER_QUERY));
                offerPending(some, age);
                eviction.look(some);
            }
        } catch (RuntimeException e) {
            LOG.warnf(e, "Reconciliation failed; the next one is in %s", times.interval());
        }
    }

    private void offerPending(Collection<Connection> some, Duration age) {
        final Map<UUID, Connection> byDevice = new HashMap<>();
        some.forEach(connection -> byDevice.put(connection.deviceId(), connection));
        final Map<UUID, List<StoredMessage>> pending =
                log.pendingOlderThan(byDevice.keySet(), age, MESSAGES_PER_DEVICE);
        pending.forEach((device, messages) -> {
            metrics.reconciled(messages.size());
            byDevice.get(device).link().offer(messages);
        });
    }
}
