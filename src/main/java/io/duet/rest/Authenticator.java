package io.duet.rest;

import java.util.Optional;

/** Judges bearer tokens, so that this room need not know who issues them. Called on request threads, and may block. */
public interface Authenticator {

    /**
     * The bearer of {@code token}, or empty when it is not valid now: wrong signature, expired, revoked.
     *
     * @throws ApiException {@code unavailable} when that cannot be told now
     */
    Optional<Caller> authenticate(String token);
}
