package io.duet.inbox;

import io.duet.message.Position;
import java.util.UUID;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.infinispan.protostream.annotations.ProtoTypeId;

@ProtoAdapter(Position.class)
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 4)
final class PositionAdapter {
    @ProtoFactory
    Position create(UUID conversationId, long sequenceNumber) {
        return new Position(conversationId, sequenceNumber);
    }

    @ProtoField(1)
    UUID getConversationId(Position position) {
        return position.conversationId();
    }

    @ProtoField(number = 2, defaultValue = "0")
    long getSequenceNumber(Position position) {
        return position.sequenceNumber();
    }
}
