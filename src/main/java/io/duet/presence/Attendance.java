package io.duet.presence;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * A user who is online. Without connections the grace is running: someone who comes back within it was never away.
 *
 * @param openedBy the connection that made the user come online
 * @param departure names the grace that is running, or null
 * @param graceKeeper the node that will end the grace, or null
 */
@Proto
@ProtoTypeId(PresenceSchema.FIRST_TYPE_ID + 1)
record Attendance(List<Connection> connections, UUID openedBy, UUID departure, String graceKeeper) {
    static Attendance openedBy(Connection connection) {
        return new Attendance(List.of(connection), connection.connectionId(), null, null);
    }

    Attendance with(Connection connection) {
        if (connections.contains(connection)) {
            return this;
        }
        var more = new ArrayList<>(connections);
        more.add(connection);
        return new Attendance(List.copyOf(more), openedBy, null, null);
    }

    Attendance without(Connection connection, UUID newDeparture) {
        if (!connections.contains(connection)) {
            return this;
        }
        return left(
                connections.stream().filter(other -> !other.equals(connection)).toList(),
                newDeparture,
                connection.node());
    }

    /** What both sides of a split knew. */
    Attendance and(Attendance other) {
        Attendance both = this;
        for (Connection connection : other.connections) {
            both = both.with(connection);
        }
        return both;
    }

    /** Without what was kept by nodes that are gone, connections and grace. */
    Attendance survivedBy(Set<String> nodes, UUID newDeparture, String newGraceKeeper) {
        var surviving = connections.stream()
                .filter(other -> nodes.contains(other.node()))
                .toList();
        boolean orphaned = surviving.isEmpty() && (departure == null || !nodes.contains(graceKeeper));
        if (orphaned || surviving.size() < connections.size()) {
            return left(surviving, newDeparture, newGraceKeeper);
        }
        return this;
    }

    private Attendance left(List<Connection> rest, UUID newDeparture, String newGraceKeeper) {
        return rest.isEmpty()
                ? new Attendance(rest, openedBy, newDeparture, newGraceKeeper)
                : new Attendance(rest, openedBy, null, null);
    }

    boolean isLeaving(UUID named) {
        return named.equals(departure);
    }
}
