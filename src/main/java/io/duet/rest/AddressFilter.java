package io.duet.rest;

import io.duet.protocol.ErrorCode;
import jakarta.annotation.Priority;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.ext.Provider;
import java.net.URI;

/** Refuses an address that is no URI, for example {@code ?limit=%zz}, before it fails somewhere deep in the server. */
@Provider
@Singleton
@PreMatching
@Priority(0)
public final class AddressFilter implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
        if (!isUri(request)) {
            request.abortWith(ProblemMapper.response(
                    new ApiException(ErrorCode.BAD_REQUEST, "the address is not a well-formed URI")));
        }
    }

    private static boolean isUri(ContainerRequestContext request) {
        try {
            final URI uri = request.getUriInfo().getRequestUri();
            return uri != null;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }
}
