package io.duet.inbox;

import io.duet.message.StoredMessage;
import java.util.List;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** What an append brings to one device. */
@Proto
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 6)
record Arrivals(List<StoredMessage> messages) {}
