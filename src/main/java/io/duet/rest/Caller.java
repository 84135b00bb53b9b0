package io.duet.rest;

import io.duet.protocol.ErrorCode;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;

/**
 * Who sent the request that is being served: the bearer of a valid token. A resource takes it from its {@code @Context
 * SecurityContext} parameter by {@link #of}.
 *
 * @param expiresAt when the token that was shown ends
 * @param roles at least {@link Role#USER}
 */
public record Caller(UUID userId, UUID sessionId, Instant expiresAt, Set<Role> roles) implements Principal {

    private static final int FORBIDDEN = 403;

    public Caller {
        roles = Set.copyOf(roles);
    }

    /** Somebody who is no more than a user. */
    public Caller(UUID userId, UUID sessionId, Instant expiresAt) {
        this(userId, sessionId, expiresAt, Set.of(Role.USER));
    }

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

    /**
     * This caller, who is an administrator: the first thing that a resource for administrators asks for.
     *
     * @throws ApiException 403 {@code unauthorized} for everybody else
     */
    public Caller requireAdmin() {
        if (!roles.contains(Role.ADMIN)) {
            throw new ApiException(FORBIDDEN, ErrorCode.UNAUTHORIZED, "this is for administrators");
        }
        return this;
    }

    /** The user's id. */
    @Override
    public String getName() {
        return userId.toString();
    }
}
