package io.duet.message;

import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.util.UUID;

/** {@code /api/messages/{id}/status}: where a message has got to, for the one who wrote it. */
@Singleton
@Path("messages/{id}/status")
@Produces(MediaType.APPLICATION_JSON)
public final class StatusResource {
    private final MessageLog log;

    @Inject
    public StatusResource(MessageLog log) {
        this.log = log;
    }

    @GET
    public MessageStatus status(@PathParam("id") UUID messageId, @Context SecurityContext security) {
        return log.status(messageId, Caller.of(security).userId())
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "no such message"));
    }
}
