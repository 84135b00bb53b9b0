package io.duet.retention;

import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
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
import jakarta.ws.rs.DELETE;
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
import java.util.Optional;
import java.util.UUID;

/** {@code /api/admin/legal-holds}: place one, list them, lift one. For administrators. */
@Singleton
@Path("admin/legal-holds")
@Produces(MediaType.APPLICATION_JSON)
public final class LegalHoldsResource {
    private static final String LIST = "legal-holds";
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 100;
    private static final int REASON_MAX = 500;
    private static final UUID LOWEST_ID = new UUID(0, 0);

    private final LegalHolds holds;
    private final Audit audit;

    /** The body of a new one: either of the two ids. */
    public record NewLegalHold(Optional<UUID> conversationId, Optional<UUID> userId, String reason) {}

    @Inject
    LegalHoldsResource(LegalHolds holds, Audit audit) {
        this.holds = holds;
        this.audit = audit;
    }

    /** When it answers, nothing that is held is removed any more. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response place(NewLegalHold body, @Context SecurityContext security) {
        Caller admin = Caller.of(security).requireAdmin();
        if (body.conversationId().isPresent() == body.userId().isPresent()) {
            throw refused("either conversation_id or user_id must be there");
        }
        int length = body.reason().codePointCount(0, body.reason().length());
        if (body.reason().isBlank() || length > REASON_MAX) {
            throw refused("reason must have 1 to " + REASON_MAX + " characters");
        }
        LegalHold hold = holds.place(body.conversationId(), body.userId(), body.reason(), admin.userId())
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "no such conversation or user"));
        audit.record(event("legal_hold_placed", hold, admin).detail("reason", hold.reason()));
        return Response.status(Response.Status.CREATED).entity(hold).build();
    }

    /** Oldest first. */
    @GET
    public Page<LegalHold> list(@Context UriInfo uri, @Context SecurityContext security) {
        Caller.of(security).requireAdmin();
        PageRequest page = QueryParams.of(uri).page(DEFAULT_LIMIT, MAX_LIMIT);
        UUID after = page.after(LIST, 1).map(cursor -> cursor.uuid(0)).orElse(LOWEST_ID);
        List<LegalHold> items = holds.list(after, page.limit() + 1);
        if (items.size() <= page.limit()) {
            return Page.last(items);
        }
        List<LegalHold> some = items.subList(0, page.limit());
        return new Page<>(
                some, Cursor.of(LIST, some.get(some.size() - 1).holdId()).encode());
    }

    /** What it held, and nothing else holds, may be removed from now on. */
    @DELETE
    @Path("{id}")
    public void lift(@PathParam("id") UUID holdId, @Context SecurityContext security) {
        Caller admin = Caller.of(security).requireAdmin();
        LegalHold hold =
                holds.lift(holdId).orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "no such legal hold"));
        audit.record(event("legal_hold_lifted", hold, admin));
    }

    private static AuditEvent event(String name, LegalHold hold, Caller admin) {
        AuditEvent event = AuditEvent.ok(name)
                .actor(admin.userId())
                .session(admin.sessionId())
                .detail("hold_id", hold.holdId());
        return hold.userId()
                .map(event::user)
                .orElseGet(() ->
                        event.detail("conversation_id", hold.conversationId().orElseThrow()));
    }

    private static ApiException refused(String message) {
        return new ApiException(ErrorCode.BAD_REQUEST, message);
    }
}
