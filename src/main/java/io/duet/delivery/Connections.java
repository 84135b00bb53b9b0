package io.duet.delivery;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The connections of this node, found by their id and by their user. Safe for all threads. */
final class Connections {
    private final Map<UUID, Connection> byId = new ConcurrentHashMap<>();
    private final Map<UUID, Set<Connection>> byUser = new ConcurrentHashMap<>();

    void add(Connection connection) {
        byId.put(connection.connectionId(), connection);
        byUser.compute(connection.userId(), (user, present) -> {
            final Set<Connection> connections = present == null ? ConcurrentHashMap.newKeySet(2) : present;
            connections.add(connection);
            return connections;
        });
    }

    /** Whether it was there. */
    boolean remove(Connection connection) {
        if (byId.remove(connection.connectionId()) == null) {
            return false;
        }
        byUser.computeIfPresent(connection.userId(), (user, connections) -> {
            connections.remove(connection);
            return connections.isEmpty() ? null : connections;
        });
        return true;
    }

    Optional<Connection> byId(UUID connectionId) {
        return Optional.ofNullable(byId.get(connectionId));
    }

    Collection<Connection> ofUser(UUID userId) {
        final Set<Connection> connections = byUser.get(userId);
        return connections == null ? List.of() : connections;
    }

    Collection<Connection> all() {
        return byId.values();
    }
}
