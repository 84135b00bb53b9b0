package io.duet.conversation;

import io.duet.conversation.ConversationQueries.Activity;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.Cursor;
import io.duet.rest.Page;
import io.duet.rest.PageRequest;
import io.duet.rest.QueryParams;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.UUID;

/** {@code /api/conversations}: start one, list them, look at one. */
@Singleton
@Path("conversations")
@Produces(MediaType.APPLICATION_JSON)
public final class ConversationsResource {
    private static final String LIST = "conversations";
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 100;

    private final Conversations conversations;

    /** The body of a wish to talk to somebody. */
    public record NewConversation(UUID recipientUserId) {}

    @Inject
    public ConversationsResource(Conversations conversations) {
        this.conversations = conversations;
    }

    /** 201 when it is new, 200 when the two had one. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response open(NewConversation body, @Context SecurityContext security) {
        OpenOutcome outcome = conversations.open(Caller.of(security).userId(), body.recipientUserId());
        if (outcome instanceof OpenOutcome.Open open) {
            return Response.status(open.created() ? Response.Status.CREATED : Response.Status.OK)
                    .entity(open.conversation())
                    .build();
        }
        throw outcome instanceof OpenOutcome.Oneself
                ? new ApiException(ErrorCode.RECIPIENT_INVALID, "a conversation needs somebody else")
                : new ApiException(ErrorCode.NOT_FOUND, "no such user");
    }

    @GET
    public Page<ConversationView> list(@Context UriInfo uri, @Context SecurityContext security) {
        PageRequest page = QueryParams.of(uri).page(DEFAULT_LIMIT, MAX_LIMIT);
        List<ConversationView> items = conversations.list(
                Caller.of(security).userId(),
                page.after(LIST, 2).map(cursor -> new Activity(cursor.instant(0), cursor.uuid(1))),
                page.limit() + 1);
        if (items.size() <= page.limit()) {
            return Page.last(items);
        }
        ConversationView last = items.get(page.limit() - 1);
        return new Page<>(
                items.subList(0, page.limit()),
                Cursor.of(LIST, last.updatedAt(), last.conversationId()).encode());
    }

    @GET
    @Path("{id}")
    public ConversationView one(@PathParam("id") UUID conversationId, @Context SecurityContext security) {
        return conversations
                .view(Caller.of(security).userId(), conversationId)
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "no such conversation"));
    }
}
