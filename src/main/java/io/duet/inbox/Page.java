package io.duet.inbox;

import io.duet.message.StoredMessage;
import java.util.List;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * What a window answers to a reader.
 *
 * @param holder of the window, or null where there is none
 * @param version of the window
 * @param complete whether the messages are all that is pending in the range; if not there are none
 */
@Proto
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 8)
record Page(Holder holder, long version, boolean complete, List<StoredMessage> messages) {
    static final Page ABSENT = new Page(null, 0, false, List.of());
}
