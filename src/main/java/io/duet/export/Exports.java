package io.duet.export;

import io.duet.export.ExportLine.Conversation;
import io.duet.export.ExportLine.ConversationEnd;
import io.duet.export.ExportLine.DeviceStatus;
import io.duet.export.ExportLine.Message;
import io.duet.message.MessageLog;
import io.duet.message.Range;
import io.duet.message.StoredMessage;
import io.duet.platform.Database;
import io.duet.rest.JsonLines;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongFunction;

/**
 * Writes exports, page by page: a page of {@value #PAGE} messages is in memory at a time, and a connection of the pool is held while a
 * page is read and not while it is written. What is read is as good as one snapshot: messages never change, and each
 * conversation is read up to where it stood at its beginning. Safe for all threads; blocks on the database and on the reader.
 */
@Singleton
final class Exports {
    private static final int PAGE = 200;
    private static final int CONVERSATIONS = 1000;

    private final ExportQueries queries;
    private final MessageLog log;

    @Inject
    Exports(Database database, MessageLog log) {
        queries = new ExportQueries(database);
        this.log = log;
    }

    boolean hasUser(UUID userId) {
        return queries.hasUser(userId);
    }

    Optional<ExportedConversation> conversation(UUID conversationId) {
        return queries.conversation(conversationId);
    }

    /**
     * All messages above the sequence number.
     *
     * @param statuses whether each message has its state on every device with it
     */
    Exported conversation(ExportedConversation begun, long afterSequence, boolean statuses, JsonLines out)
            throws IOException {
        Exported exported = conversation(begun, afterSequence, statuses, out, sequence -> Optional.empty());
        out.write(ExportLine.End.of(exported));
        out.flush();
        return exported;
    }

    /** All messages of all conversations of this user, above the position. */
    Exported user(UUID userId, ExportPosition after, boolean statuses, JsonLines out) throws IOException {
        Exported total = Exported.NOTHING;
        ExportPosition position = after;
        List<UUID> ids;
        do {
            ids = queries.conversationsOf(userId, position.conversationId(), CONVERSATIONS);
            for (UUID id : ids) {
                boolean first = id.equals(position.conversationId());
                if (first && position.isBehind()) {
                    continue;
                }
                long afterSequence = first ? position.sequenceNumber() : 0;
                ExportedConversation begun = queries.conversation(id).orElseThrow();
                total = total.plus(conversation(
                        begun,
                        afterSequence,
                        statuses,
                        out,
                        sequence -> Optional.of(new ExportPosition(id, sequence).cursor(userId))));
                position = ExportPosition.behind(id);
            }
        } while (ids.size() == CONVERSATIONS);
        out.write(ExportLine.End.of(total));
        out.flush();
        return total;
    }

    private Exported conversation(
            ExportedConversation begun,
            long afterSequence,
            boolean statuses,
            JsonLines out,
            LongFunction<Optional<String>> cursor)
            throws IOException {
        out.write(Conversation.of(begun, afterSequence));
        long last = Math.max(afterSequence, begun.removedTo());
        long messages = 0;
        long missing = 0;
        while (last < begun.lastSequence()) {
            int limit = (int) Math.min(PAGE, begun.lastSequence() - last);
            List<StoredMessage> page = log.history(begun.conversationId(), new Range.After(last), limit);
            Map<UUID, List<DeviceStatus>> states = statuses && !page.isEmpty()
                    ? queries.statuses(
                            begun.conversationId(),
                            page.stream().map(StoredMessage::messageId).toList())
                    : Map.of();
            for (StoredMessage message : page) {
                if (message.sequenceNumber() > begun.lastSequence()) {
                    break;
                }
                if (message.sequenceNumber() != last + 1) {
                    missing = message.sequenceNumber() - 1;
                }
                last = message.sequenceNumber();
                messages++;
                out.write(Message.of(message, state(statuses, states, message), cursor.apply(last)));
            }
            out.flush();
            if (page.size() < limit || page.get(page.size() - 1).sequenceNumber() > last) {
                break;
            }
        }
        if (last < begun.lastSequence()) {
            missing = begun.lastSequence();
        }
        ExportedConversation now = queries.conversation(begun.conversationId()).orElseThrow();
        boolean complete = missing <= now.removedTo();
        out.write(ConversationEnd.of(
                begun,
                now,
                messages,
                complete,
                cursor.apply(ExportPosition.behind(begun.conversationId()).sequenceNumber())));
        return new Exported(1, messages, complete);
    }

    private static Optional<List<DeviceStatus>> state(
            boolean statuses, Map<UUID, List<DeviceStatus>> states, StoredMessage message) {
        return statuses ? Optional.of(states.getOrDefault(message.messageId(), List.of())) : Optional.empty();
    }
}
