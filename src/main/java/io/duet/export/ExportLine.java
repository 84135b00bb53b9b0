package io.duet.export;

import io.duet.message.StoredMessage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A line of an export. For each conversation a {@link Conversation}, its messages in ascending order, and a {@link ConversationEnd};
 * at the very end one {@link End}, without which the export was cut.
 */
sealed interface ExportLine {
    /** Which of them it is, as it stands in the line. */
    String line();

    /**
     * A conversation as it stands when its messages begin to be read: the export has them up to {@code lastSequence}.
     *
     * @param firstSequence with which the history begins; above 1 when older messages were removed
     * @param afterSequence where this export begins
     */
    record Conversation(
            String line,
            UUID conversationId,
            Instant createdAt,
            long firstSequence,
            long lastSequence,
            long afterSequence,
            List<Participant> participants)
            implements ExportLine {
        static Conversation of(ExportedConversation conversation, long afterSequence) {
            return new Conversation(
                    "conversation",
                    conversation.conversationId(),
                    conversation.createdAt(),
                    conversation.removedTo() + 1,
                    conversation.lastSequence(),
                    afterSequence,
                    conversation.participants());
        }
    }

    /**
     * One of the two.
     *
     * @param deliveredSequence every message of the other one up to it has reached a device of this one
     */
    record Participant(UUID userId, String username, long lastReadSequence, long deliveredSequence) {}

    /**
     * A message.
     *
     * @param statuses empty where they were not asked for
     * @param cursor with which the export of a user goes on after this line; empty in that of a conversation
     */
    record Message(
            String line,
            UUID messageId,
            UUID conversationId,
            UUID senderId,
            String clientMessageId,
            String content,
            long sequenceNumber,
            Instant timestamp,
            Optional<List<DeviceStatus>> statuses,
            Optional<String> cursor)
            implements ExportLine {
        static Message of(StoredMessage message, Optional<List<DeviceStatus>> statuses, Optional<String> cursor) {
            return new Message(
                    "message",
                    message.messageId(),
                    message.conversationId(),
                    message.senderId(),
                    message.clientMessageId(),
                    message.content(),
                    message.sequenceNumber(),
                    message.createdAt(),
                    statuses,
                    cursor);
        }

        /** Without the content, so that no log line can hold it. */
        @Override
        public String toString() {
            return "Message[" + messageId + ", " + conversationId + " #" + sequenceNumber + "]";
        }
    }

    /** How far a message has come on one device: {@code sent} or {@code delivered}. */
    record DeviceStatus(UUID deviceId, String status, Instant updatedAt) {}

    /**
     * No more of this conversation.
     *
     * @param firstSequence with which the history begins now
     * @param messages how many lines of messages stand above it in this export
     * @param complete that every message above {@code afterSequence} of its beginning and below or at {@code lastSequence} stands
     *     there, save those that have been removed because of their age, which is all below {@code firstSequence}
     */
    record ConversationEnd(
            String line,
            UUID conversationId,
            long firstSequence,
            long lastSequence,
            long messages,
            boolean complete,
            Optional<String> cursor)
            implements ExportLine {
        static ConversationEnd of(
                ExportedConversation begun,
                ExportedConversation now,
                long messages,
                boolean complete,
                Optional<String> cursor) {
            return new ConversationEnd(
                    "conversation_end",
                    begun.conversationId(),
                    now.removedTo() + 1,
                    begun.lastSequence(),
                    messages,
                    complete,
                    cursor);
        }
    }

    /** The export is whole. */
    record End(String line, long conversations, long messages, boolean complete) implements ExportLine {
        static End of(Exported total) {
            return new End("end", total.conversations(), total.messages(), total.complete());
        }
    }
}
