package io.duet.conversation;

import io.duet.platform.GroupCommit;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Stores a batch of read marks by {@code advance_read_marks} (see its migration). */
final class ReadMarkStatement implements GroupCommit.Work<ReadMarkStatement.ReadMark, ReadOutcome> {
    record ReadMark(UUID userId, UUID conversationId, long sequenceNumber) {}

    private static final String ADVANCE = "SELECT * FROM advance_read_marks(?, ?, ?)";

    @Override
    public List<ReadOutcome> commit(Connection connection, List<ReadMark> marks) throws SQLException {
        Object[] users = marks.stream().map(ReadMark::userId).toArray();
        Object[] conversations = marks.stream().map(ReadMark::conversationId).toArray();
        Object[] sequences = marks.stream().map(ReadMark::sequenceNumber).toArray();
        var outcomes = new ReadOutcome[marks.size()];
        Arrays.fill(outcomes, new ReadOutcome.NotFound());
        try (var statement = connection.prepareStatement(ADVANCE)) {
            statement.setArray(1, connection.createArrayOf("uuid", users));
            statement.setArray(2, connection.createArrayOf("uuid", conversations));
            statement.setArray(3, connection.createArrayOf("int8", sequences));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    outcomes[(int) row.getLong("ordinal") - 1] = outcome(row);
                }
            }
        }
        return Arrays.asList(outcomes);
    }

    private static ReadOutcome outcome(ResultSet row) throws SQLException {
        if (row.getBoolean("beyond_head")) {
            return new ReadOutcome.BeyondHead();
        }
        if (!row.getBoolean("advanced")) {
            return new ReadOutcome.Unchanged();
        }
        return new ReadOutcome.Advanced(
                row.getObject("last_read_at", OffsetDateTime.class).toInstant(), row.getLong("last_read_sequence"));
    }
}
