package io.duet.account;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A person who may talk. Immutable; username and email are in lower case.
 *
 * @param username 3–50 characters of a–z 0–9 . _ -; unique without regard to case
 * @param email shown to nobody but the user; empty when issuer or directory tell none, or one that another user has
 */
public record User(UUID userId, String username, Optional<String> email, Instant createdAt) {}
