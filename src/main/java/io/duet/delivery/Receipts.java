package io.duet.delivery;

import io.duet.conversation.Conversations;
import io.duet.conversation.Participants;
import io.duet.conversation.ReadOutcome;
import io.duet.message.AckOutcome;
import io.duet.message.Acknowledgement;
import io.duet.message.DeliveredMessage;
import io.duet.message.MessageLog;
import io.duet.protocol.ClientFrame;
import io.duet.routing.Routing;
import io.duet.tracing.Tracing;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** What a device has and what a person has read: made durable first, then told to whom it concerns. */
final class Receipts {
    private final MessageLog log;
    private final Conversations conversations;
    private final Routing routing;
    private final Tracing tracing;

    Receipts(MessageLog log, Conversations conversations, Routing routing, Tracing tracing) {
        this.log = log;
        this.conversations = conversations;
        this.routing = routing;
        this.tracing = tracing;
    }

    CompletionStage<AckOutcome> acknowledge(Connection connection, ClientFrame.Ack frame) {
        final Acknowledgement acknowledgement = frame instanceof ClientFrame.AckUpTo upTo
                ? new Acknowledgement.UpTo(
                        connection.deviceId(), connection.userId(), upTo.conversationId(), upTo.sequenceNumber())
                : new Acknowledgement.One(
                        connection.deviceId(), connection.userId(), ((ClientFrame.AckMessage) frame).messageId());
        return log.acknowledge(acknowledgement).thenApply(outcome -> {
            if (outcome instanceof AckOutcome.Delivered delivered) {
                tracing.acknowledged(connection.connectionId(), delivered.conversationId(), delivered.sequenceNumber());
                tell(connection, delivered);
            }
            return outcome;
        });
    }

    private void tell(Connection connection, AckOutcome.Delivered delivered) {
        if (!delivered.newlyDelivered().isEmpty()) {
            routing.publish(
                    List.of(delivered.peerId()),
                    new Notice.Delivered(
                            delivered.peerId(),
                            delivered.conversationId(),
                            connection.deviceId(),
                            delivered.acknowledgedAt(),
                            delivered.newlyDelivered().stream()
                                    .map(DeliveredMessage::messageId)
                                    .toList(),
                            delivered.newlyDelivered().stream()
                                    .map(DeliveredMessage::sequenceNumber)
                                    .toList()));
        }
    }

    CompletionStage<ReadOutcome> read(Connection connection, ClientFrame.ReadReceipt frame) {
        return conversations
                .read(connection.userId(), frame.conversationId(), frame.lastReadSequence())
                .thenApply(outcome -> {
                    if (outcome instanceof ReadOutcome.Advanced advanced) {
                        tell(connection, frame.conversationId(), advanced);
                    }
                    return outcome;
                });
    }

    private void tell(Connection connection, UUID conversationId, ReadOutcome.Advanced advanced) {
        final UUID reader = connection.userId();
        final Optional<UUID> peer =
                conversations.participants(conversationId).map((Participants pair) -> pair.peerOf(reader));
        peer.ifPresent(peerId -> routing.publish(
                List.of(peerId, reader),
                new Notice.Read(
                        peerId,
                        reader,
                        connection.connectionId(),
                        conversationId,
                        advanced.lastReadSequence(),
                        advanced.lastReadAt())));
    }
}
