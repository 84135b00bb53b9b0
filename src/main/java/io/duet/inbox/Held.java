package io.duet.inbox;

import java.util.UUID;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** Where a device is connected; the holder is null where it is not. */
@Proto
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 9)
record Held(UUID deviceId, Holder holder) {}
