package io.duet.export;

import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.JsonLines;
import io.duet.rest.QueryParams;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.util.UUID;

/** {@code /api/admin/conversations/{id}/export}: all messages of a conversation, for administrators. */
@Singleton
@Path("admin/conversations/{id}/export")
public final class ConversationExportResource {
    private final Exports exports;
    private final ExportStream stream;

    @Inject
    ConversationExportResource(Exports exports, ExportStream stream) {
        this.exports = exports;
        this.stream = stream;
    }

    /** Goes on behind {@code after_sequence}, the number in the last whole line of an export that was cut. */
    @GET
    @Produces(JsonLines.MEDIA_TYPE)
    public Response export(
            @PathParam("id") UUID conversationId, @Context UriInfo uri, @Context SecurityContext security) {
        Caller admin = Caller.of(security).requireAdmin();
        QueryParams params = QueryParams.of(uri);
        long after = params.sequence("after_sequence").orElse(0);
        boolean statuses = params.flag("statuses");
        ExportedConversation begun = exports.conversation(conversationId)
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "no such conversation"));
        return stream.answer(
                ExportStream.event("conversation_exported", admin)
                        .detail("conversation_id", conversationId)
                        .detail("after_sequence", after),
                "conversation-" + conversationId + ".jsonl",
                out -> exports.conversation(begun, after, statuses, out));
    }
}
