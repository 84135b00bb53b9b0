package io.duet.rest;

import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import java.time.Instant;
import java.util.UUID;

/**
 * Who sent the request that is being served: the bearer of a valid token. A resource takes it from its {@code @Context
 * SecurityContext} parameter by {@link #of}.
 *
 * @param expiresAt when the token that was shown ends
 */
public record Caller(UUID userId, UUID sessionId, Instant expiresAt) implements Principal {

    /**
     * The caller of a request to an authenticated resource.
     *
     * @throws ApiException {@code unauthorized} when the resource is open and nobody has shown a token
     */
    public static Caller of(SecurityContext security) {
        if (security.getUserPrincipal() instanceof Caller caller) {
            return caller;
        }
        throw BearerFilter.unauthorized();
    }

    /** The user's id. */
    @Override
    public String getName() {
        return userId.toString();
    }
}
