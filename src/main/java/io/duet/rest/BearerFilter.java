package io.duet.rest;

import io.duet.protocol.ErrorCode;
import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.ext.Provider;
import java.util.List;
import java.util.Optional;

/**
 * Lets nobody in without a valid bearer token (RFC 6750, section 2.1), unless the resource is {@link Unauthenticated}. Only
 * the {@code Authorization} header counts: a token in the query, a form or a cookie is none.
 */
@Provider
@Singleton
@Priority(Priorities.AUTHENTICATION)
public final class BearerFilter implements ContainerRequestFilter {

    private static final String SCHEME = "Bearer ";

    private final Authenticator authenticator;

    @Context
    private ResourceInfo resource;

    @Inject
    public BearerFilter(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (isOpen(resource)) {
            return;
        }
        try {
            final Caller caller = bearerToken(request.getHeaders().get(HttpHeaders.AUTHORIZATION))
                    .flatMap(authenticator::authenticate)
                    .orElseThrow(BearerFilter::unauthorized);
            final SecurityContext server = request.getSecurityContext();
            request.setSecurityContext(new Authenticated(caller, server != null && server.isSecure()));
        } catch (ApiException refusal) {
            request.abortWith(ProblemMapper.response(refusal));
        }
    }

    static ApiException unauthorized() {
        return new ApiException(ErrorCode.UNAUTHORIZED, "a valid bearer token is needed in the Authorization header");
    }

    static boolean isOpen(ResourceInfo resource) {
        return resource.getResourceMethod().isAnnotationPresent(Unauthenticated.class)
                || resource.getResourceClass().isAnnotationPresent(Unauthenticated.class);
    }

    /** The token in the only {@code Authorization} header; the scheme's name is case-insensitive (RFC 9110, section 11.1). */
    static Optional<String> bearerToken(List<String> authorization) {
        if (authorization == null || authorization.size() != 1) {
            return Optional.empty();
        }
        final String value = authorization.get(0);
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        final String token = value.substring(SCHEME.length()).strip();
        return token.isEmpty() ? Optional.empty() : Optional.of(token);
    }

    private record Authenticated(Caller caller, boolean secure) implements SecurityContext {
        @Override
        public Caller getUserPrincipal() {
            return caller;
        }

        @Override
        public boolean isUserInRole(String role) {
            return caller.roles().stream().anyMatch(known -> known.name().equalsIgnoreCase(role));
        }

        @Override
        public boolean isSecure() {
            return secure;
        }

        @Override
        public String getAuthenticationScheme() {
            return "Bearer";
        }
    }
}
