package io.duet.message;

import io.duet.conversation.Conversations;
import io.duet.protocol.ErrorCode;
import io.duet.protocol.ServerFrame.NewMessage;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.Page;
import io.duet.rest.QueryParams;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * {@code /api/conversations/{id}/messages}: a conversation's history, both ways. Pages are asked for by sequence number,
 * so {@code next_cursor} is always null.
 */
@Singleton
@Path("conversations/{id}/messages")
@Produces(MediaType.APPLICATION_JSON)
public final class HistoryResource {
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 200;

    private final MessageLog log;
    private final Conversations conversations;

    @Inject
    public HistoryResource(MessageLog log, Conversations conversations) {
        this.log = log;
        this.conversations = conversations;
    }

    /** With {@code after_sequence} ascending, else newest first. */
    @GET
    public Page<NewMessage> history(
            @PathParam("id") UUID conversationId, @Context UriInfo uri, @Context SecurityContext security) {
        QueryParams params = QueryParams.of(uri);
        Range range = range(params.sequence("before_sequence"), params.sequence("after_sequence"));
        int limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT);
        UUID reader = Caller.of(security).userId();
        return log.inTime(conversationId, () -> page(conversationId, reader, range, limit));
    }

    private Page<NewMessage> page(UUID conversationId, UUID reader, Range range, int limit) {
        if (conversations
                .participants(conversationId)
                .filter(pair -> pair.has(reader))
                .isEmpty()) {
            throw new ApiException(ErrorCode.NOT_FOUND, "no such conversation");
        }
        List<NewMessage> items = log.history(conversationId, range, limit).stream()
                .map(message -> asSeenBy(reader, message))
                .toList();
        return Page.last(items);
    }

    private static Range range(OptionalLong before, OptionalLong after) {
        if (before.isPresent() && after.isPresent()) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "before_sequence and after_sequence exclude each other");
        }
        if (after.isPresent()) {
            return new Range.After(after.getAsLong());
        }
        return before.isPresent() ? new Range.Before(before.getAsLong()) : new Range.Newest();
    }

    private static NewMessage asSeenBy(UUID reader, StoredMessage message) {
        return new NewMessage(
                message.messageId(),
                message.conversationId(),
                message.senderId(),
                message.content(),
                message.sequenceNumber(),
                message.createdAt(),
                message.senderId().equals(reader) ? Optional.of(message.clientMessageId()) : Optional.empty());
    }
}
