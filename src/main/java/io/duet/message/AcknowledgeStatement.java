package io.duet.message;

import io.duet.message.AckOutcome.BeyondHead;
import io.duet.message.AckOutcome.Delivered;
import io.duet.message.AckOutcome.NotFound;
import io.duet.platform.GroupCommit;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** Stores a batch of acknowledgements by {@code acknowledge_messages} (see its migration). */
final class AcknowledgeStatement implements GroupCommit.Work<Acknowledgement, AckOutcome> {
    private static final String ACKNOWLEDGE = "SELECT * FROM acknowledge_messages(?, ?, ?, ?, ?)";

    @Override
    public List<AckOutcome> commit(Connection connection, List<Acknowledgement> acks) throws SQLException {
        int size = acks.size();
        var users = new UUID[size];
        var devices = new UUID[size];
        var conversations = new UUID[size];
        var sequences = new Long[size];
        var messages = new UUID[size];
        for (int i = 0; i < size; i++) {
            Acknowledgement ack = acks.get(i);
            users[i] = ack.userId();
            devices[i] = ack.deviceId();
            if (ack instanceof Acknowledgement.UpTo upTo) {
                conversations[i] = upTo.conversationId();
                sequences[i] = upTo.sequenceNumber();
            } else if (ack instanceof Acknowledgement.One one) {
                messages[i] = one.messageId();
            }
        }
        try (var statement = connection.prepareStatement(ACKNOWLEDGE)) {
            statement.setArray(1, connection.createArrayOf("uuid", users));
            statement.setArray(2, connection.createArrayOf("uuid", devices));
            statement.setArray(3, connection.createArrayOf("uuid", conversations));
            statement.setArray(4, connection.createArrayOf("int8", sequences));
            statement.setArray(5, connection.createArrayOf("uuid", messages));
            try (ResultSet rows = statement.executeQuery()) {
                return outcomes(rows, size);
            }
        }
    }

    private static List<AckOutcome> outcomes(ResultSet row, int size) throws SQLException {
        var outcomes = new AckOutcome[size];
        Arrays.fill(outcomes, new NotFound());
        while (row.next()) {
            int i = (int) row.getLong("ordinal") - 1;
            UUID messageId = row.getObject("message_id", UUID.class);
            long sequence = row.getLong("sequence_number");
            if (messageId != null) {
                // Follows the row of its acknowledgement.
                ((Delivered) outcomes[i]).newlyDelivered().add(new DeliveredMessage(messageId, sequence));
            } else if (row.getBoolean("beyond_head")) {
                outcomes[i] = new BeyondHead();
            } else {
                outcomes[i] = new Delivered(
                        row.getObject("conversation_id", UUID.class),
                        row.getObject("peer_id", UUID.class),
                        sequence,
                        row.getObject("acknowledged_at", OffsetDateTime.class).toInstant(),
                        new ArrayList<>(0));
            }
        }
        return Arrays.stream(outcomes).map(AcknowledgeStatement::sealed).toList();
    }

    private static AckOutcome sealed(AckOutcome outcome) {
        return outcome instanceof Delivered d
                ? new Delivered(
                        d.conversationId(),
                        d.peerId(),
                        d.sequenceNumber(),
                        d.acknowledgedAt(),
                        d.newlyDelivered().stream()
                                .sorted(Comparator.comparingLong(DeliveredMessage::sequenceNumber))
                                .toList())
                : outcome;
    }
}
