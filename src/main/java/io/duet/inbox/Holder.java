package io.duet.inbox;

import java.util.UUID;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * The one connection that a device has.
 *
 * @param node the node that keeps the connection, as {@link io.duet.platform.ClusterView} names it
 * @param admission counts the connections of the device, by the database: of two the higher is the newer one
 */
@Proto
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID)
public record Holder(String node, UUID connectionId, long admission) {
    /** Two that came to one node in the same moment may have been admitted together: then any order will do, but one. */
    boolean isNewerThan(Holder other) {
        return other == null
                || admission > other.admission
                || admission == other.admission && connectionId.compareTo(other.connectionId) > 0;
    }
}
