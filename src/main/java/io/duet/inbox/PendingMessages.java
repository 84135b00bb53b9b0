package io.duet.inbox;

import io.duet.message.MessageLog;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The reads of the durable inbox. They may block. */
@FunctionalInterface
interface PendingMessages {
    /** A page, as {@link MessageLog#pending}. */
    List<StoredMessage> pending(UUID deviceId, Position after, int limit);

    /** The first page of each of several devices, as {@link MessageLog#pendingOf}. */
    default Map<UUID, List<StoredMessage>> pendingOf(Collection<UUID> deviceIds, int limit) {
        final Map<UUID, List<StoredMessage>> pages = new HashMap<>();
        deviceIds.forEach(deviceId -> pages.put(deviceId, pending(deviceId, Position.START, limit)));
        return pages;
    }

    static PendingMessages of(MessageLog log) {
        return new PendingMessages() {
            @Override
            public List<StoredMessage> pending(UUID deviceId, Position after, int limit) {
                return log.pending(deviceId, after, limit);
            }

            @Override
            public Map<UUID, List<StoredMessage>> pendingOf(Collection<UUID> deviceIds, int limit) {
                return log.pendingOf(deviceIds, limit);
            }
        };
    }
}
