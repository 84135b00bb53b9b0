package io.duet.rest;

import io.duet.protocol.ErrorCode;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.Provider;
import java.util.Set;

/**
 * Keeps foreign web pages out: a call that may change something is refused with 403 when its {@code Origin} is neither the
 * server's own nor an allowed one. Pages of allowed origins get the CORS headers that their browsers want (Fetch standard,
 * section 3.3); nobody else does.
 */
@Provider
@Singleton
@PreMatching
public final class OriginFilter implements ContainerRequestFilter, ContainerResponseFilter {

    private static final Set<String> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final String ORIGIN = "Origin";

    private final Origins origins;

    @Inject
    public OriginFilter(Origins origins) {
        this.origins = origins;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        final String origin = request.getHeaderString(ORIGIN);
        if (!SAFE.contains(request.getMethod())
                && !origins.permits(origin, request.getHeaderString(HttpHeaders.HOST))) {
            request.abortWith(ProblemMapper.response(
                    new ApiException(403, ErrorCode.UNAUTHORIZED, "pages of this origin may not call this server")));
        } else if (isPreflight(request, origin)) {
            request.abortWith(Response.noContent()
                    .header("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
                    .header("Access-Control-Allow-Headers", "Authorization, Content-Type")
                    .header("Access-Control-Max-Age", "600")
                    .build());
        }
    }

    private boolean isPreflight(ContainerRequestContext request, String origin) {
        return request.getMethod().equals(HttpMethod.OPTIONS)
                && request.getHeaderString("Access-Control-Request-Method") != null
                && origin != null
                && origins.isAllowed(origin);
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        final String origin = request.getHeaderString(ORIGIN);
        if (origin != null && origins.isAllowed(origin)) {
            response.getHeaders().putSingle("Access-Control-Allow-Origin", origin);
            response.getHeaders().putSingle("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate");
            response.getHeaders().add(HttpHeaders.VARY, ORIGIN);
        }
    }
}
