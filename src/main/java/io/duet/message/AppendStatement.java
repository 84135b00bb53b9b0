package io.duet.message;

import io.duet.message.AppendOutcome.ContentConflict;
import io.duet.message.AppendOutcome.Stored;
import io.duet.message.AppendOutcome.UnknownConversation;
import io.duet.message.AppendStatement.Attempt;
import io.duet.platform.GroupCommit;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Stores a batch of drafts by {@code append_messages} (see its migration). */
final class AppendStatement implements GroupCommit.Work<Attempt, AppendOutcome> {
    /**
     * A draft and the id that it gets if it is new. The id is the same at every attempt to store it: by it an attempt
     * finds out that a former one was committed although its answer got lost.
     */
    record Attempt(UUID messageId, Draft draft) {}

    private record Identity(UUID conversationId, UUID senderId, String clientMessageId) {
        static Identity of(Draft draft) {
            return new Identity(draft.conversationId(), draft.senderId(), draft.clientMessageId());
        }
    }

    /** The statement takes each identity once: the first draft with it leads, the others follow what becomes of that. */
    @Override
    public List<AppendOutcome> commit(Connection connection, List<Attempt> attempts) throws SQLException {
        var outcomes = new AppendOutcome[attempts.size()];
        var leaders = new HashMap<Identity, Integer>();
        var leading = new ArrayList<Integer>(attempts.size());
        var following = new ArrayList<Integer>(0);
        for (int i = 0; i < outcomes.length; i++) {
            Integer leader = leaders.putIfAbsent(Identity.of(attempts.get(i).draft()), i);
            (leader == null ? leading : following).add(i);
        }
        store(connection, attempts, leading, outcomes);
        var unsettled = new ArrayList<Integer>(0);
        for (int i : following) {
            Draft draft = attempts.get(i).draft();
            int leader = leaders.get(Identity.of(draft));
            outcomes[i] = follow(draft, attempts.get(leader).draft(), outcomes[leader]);
            if (outcomes[i] == null) {
                unsettled.add(i);
            }
        }
        if (!unsettled.isEmpty()) {
            // Their identities are stored, so the statement takes all of them although they repeat.
            store(connection, attempts, unsettled, outcomes);
        }
        return Arrays.asList(outcomes);
    }

    /** Null where only the log can tell: both differ from each other, and the leader from what is stored. */
    private static AppendOutcome follow(Draft draft, Draft leader, AppendOutcome outcome) {
        boolean same = draft.content().equals(leader.content());
        if (outcome instanceof Stored stored) {
            return same ? new Stored(stored.message(), true, stored.recipientId(), List.of()) : new ContentConflict();
        }
        return same || outcome instanceof UnknownConversation ? outcome : null;
    }

    private static final String APPEND = "SELECT * FROM append_messages(?, ?, ?, ?, ?, ?)";

    private static void store(
            Connection connection, List<Attempt> attempts, List<Integer> chosen, AppendOutcome[] outcomes)
            throws SQLException {
        try (var statement = connection.prepareStatement(APPEND)) {
            List<Attempt> rows = chosen.stream().map(attempts::get).toList();
            statement.setArray(1, connection.createArrayOf("uuid", column(rows, Attempt::messageId)));
            statement.setArray(
                    2,
                    connection.createArrayOf("uuid", column(rows, a -> a.draft().conversationId())));
            statement.setArray(
                    3,
                    connection.createArrayOf("uuid", column(rows, a -> a.draft().senderId())));
            statement.setArray(
                    4,
                    connection.createArrayOf("uuid", column(rows, a -> a.draft().senderDeviceId())));
            statement.setArray(5, connection.createArrayOf("text", texts(rows, Draft::clientMessageId)));
            statement.setArray(6, connection.createArrayOf("text", texts(rows, Draft::content)));
            chosen.forEach(i -> outcomes[i] = new UnknownConversation());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    int i = chosen.get((int) row.getLong("ordinal") - 1);
                    outcomes[i] = outcome(row, attempts.get(i).draft());
                }
            }
        }
    }

    private static AppendOutcome outcome(ResultSet row, Draft draft) throws SQLException {
        if (!row.getBoolean("same_content")) {
            return new ContentConflict();
        }
        var message = new StoredMessage(
                row.getObject("stored_id", UUID.class),
                draft.conversationId(),
                draft.senderId(),
                draft.clientMessageId(),
                draft.content(),
                row.getLong("sequence_number"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
        List<UUID> targets = List.of((UUID[]) row.getArray("target_devices").getArray());
        return new Stored(message, row.getBoolean("duplicate"), row.getObject("recipient_id", UUID.class), targets);
    }

    private static UUID[] column(List<Attempt> rows, Function<Attempt, UUID> value) {
        return rows.stream().map(value).toArray(UUID[]::new);
    }

    private static String[] texts(List<Attempt> rows, Function<Draft, String> value) {
        return rows.stream().map(Attempt::draft).map(value).toArray(String[]::new);
    }
}
