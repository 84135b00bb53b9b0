package io.duet.inbox;

import io.duet.message.StoredMessage;
import java.time.Instant;
import java.util.UUID;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.infinispan.protostream.annotations.ProtoTypeId;

@ProtoAdapter(StoredMessage.class)
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 3)
final class StoredMessageAdapter {
    @ProtoFactory
    StoredMessage create(
            UUID messageId,
            UUID conversationId,
            UUID senderId,
            String clientMessageId,
            String content,
            long sequenceNumber,
            Instant createdAt) {
        return new StoredMessage(
                messageId, conversationId, senderId, clientMessageId, content, sequenceNumber, createdAt);
    }

    @ProtoField(1)
    UUID getMessageId(StoredMessage message) {
        return message.messageId();
    }

    @ProtoField(2)
    UUID getConversationId(StoredMessage message) {
        return message.conversationId();
    }

    @ProtoField(3)
    UUID getSenderId(StoredMessage message) {
        return message.senderId();
    }

    @ProtoField(4)
    String getClientMessageId(StoredMessage message) {
        return message.clientMessageId();
    }

    @ProtoField(5)
    String getContent(StoredMessage message) {
        return message.content();
    }

    @ProtoField(number = 6, defaultValue = "0")
    long getSequenceNumber(StoredMessage message) {
        return message.sequenceNumber();
    }

    @ProtoField(7)
    Instant getCreatedAt(StoredMessage message) {
        return message.createdAt();
    }
}
