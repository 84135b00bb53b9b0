package io.duet.presence;

import java.util.UUID;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** One connection of a user, and the node that keeps it. */
@Proto
@ProtoTypeId(PresenceSchema.FIRST_TYPE_ID)
record Connection(String node, UUID deviceId, UUID connectionId) {}
