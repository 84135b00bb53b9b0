package io.duet.rest;

import jakarta.ws.rs.core.SecurityContext;
import java.time.Instant;
import java.util.UUID;

/** The security context of a request by this user, for calling a resource directly. */
public record SignedIn(UUID userId) implements SecurityContext {
    @Override
    public Caller getUserPrincipal() {
        return new Caller(userId, new UUID(0, 1), Instant.MAX);
    }

    @Override
    public boolean isUserInRole(String role) {
        return false;
    }

    @Override
    public boolean isSecure() {
        return true;
    }

    @Override
    public String getAuthenticationScheme() {
        return "Bearer";
    }
}
