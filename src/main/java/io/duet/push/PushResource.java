package io.duet.push;

import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** {@code /api/push}: what a browser needs to subscribe. */
@Singleton
@Path("push")
@Produces(MediaType.APPLICATION_JSON)
public final class PushResource {

    private final Pushes pushes;

    /** @param publicKey for {@code applicationServerKey} of {@code PushManager.subscribe()} */
    public record PushKey(String publicKey) {}

    @Inject
    public PushResource(Pushes pushes) {
        this.pushes = pushes;
    }

    /** 404 where pushes are turned off. */
    @GET
    @Path("key")
    public PushKey key() {
        return pushes.publicKey()
                .map(PushKey::new)
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "this server sends no pushes"));
    }
}
