package io.duet.inbox;

import io.duet.message.StoredMessage;
import java.util.UUID;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** What a device has acknowledged, after the message log has committed it. */
public sealed interface Acknowledged {
    /** Whether the message is among what was acknowledged. */
    boolean covers(StoredMessage message);

    /** Everything of the conversation up to this sequence number. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 1)
    record UpTo(UUID conversationId, long sequenceNumber) implements Acknowledged {
        @Override
        public boolean covers(StoredMessage message) {
            return message.sequenceNumber() <= sequenceNumber
                    && message.conversationId().equals(conversationId);
        }
    }

    /** One message. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 2)
    record Message(UUID messageId) implements Acknowledged {
        @Override
        public boolean covers(StoredMessage message) {
            return message.messageId().equals(messageId);
        }
    }
}
