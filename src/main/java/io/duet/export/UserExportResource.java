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

/** {@code /api/admin/users/{id}/export}: all messages of all conversations of a user, for administrators. */
@Singleton
@Path("admin/users/{id}/export")
public final class UserExportResource {
    private final Exports exports;
    private final ExportStream stream;

    @Inject
    UserExportResource(Exports exports, ExportStream stream) {
        this.exports = exports;
        this.stream = stream;
    }

    /** Goes on behind {@code cursor}, that of the last whole line of an export that was cut. */
    @GET
    @Produces(JsonLines.MEDIA_TYPE)
    public Response export(@PathParam("id") UUID userId, @Context UriInfo uri, @Context SecurityContext security) {
        Caller admin = Caller.of(security).requireAdmin();
        QueryParams params = QueryParams.of(uri);
        ExportPosition after = params.text("cursor")
                .map(text -> ExportPosition.decode(text, userId))
                .orElse(ExportPosition.START);
        boolean statuses = params.flag("statuses");
        if (!exports.hasUser(userId)) {
            throw new ApiException(ErrorCode.NOT_FOUND, "no such user");
        }
        return stream.answer(
                ExportStream.event("user_exported", admin)
                        .user(userId)
                        .detail("from_the_start", after.equals(ExportPosition.START)),
                "user-" + userId + ".jsonl",
                out -> exports.user(userId, after, statuses, out));
    }
}
