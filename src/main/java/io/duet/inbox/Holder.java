package io.duet.inbox;

import java.util.UUID;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * The one connection that a device has.
 *
 * @param node the node that keeps the connection, as {@link io.duet.platform.ClusterView} names it
 */
@Proto
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID)
public record Holder(String node, UUID connectionId) {}
