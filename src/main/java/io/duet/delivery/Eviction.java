package io.duet.delivery;

import io.duet.account.Accounts;
import io.duet.device.Devices;
import io.duet.protocol.CloseCode;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Closes connections that have lost their right by what the database says: whose session was revoked, whose device was
 * removed, whose device has connected again, on whatever node. A notice says each of these too, within milliseconds; this
 * is for the notice that was lost.
 */
final class Eviction {
    private final Accounts accounts;
    private final Devices devices;

    Eviction(Accounts accounts, Devices devices) {
        this.accounts = accounts;
        this.devices = devices;
    }

    /** Blocks on the database: two statements. */
    void look(Collection<Connection> connections) {
        if (connections.isEmpty()) {
            return;
        }
        final Set<UUID> revoked = accounts.revokedAmong(
                connections.stream().map(Connection::sessionId).distinct().toList());
        final Map<UUID, Long> latest = devices.latestAdmissions(
                connections.stream().map(Connection::deviceId).distinct().toList());
        for (Connection connection : connections) {
            final Long admission = latest.get(connection.deviceId());
            if (admission == null || revoked.contains(connection.sessionId())) {
                connection.link().close(CloseCode.UNAUTHORIZED);
            } else if (admission > connection.admission()) {
                connection.link().close(CloseCode.DISPLACED);
            }
        }
    }
}
