package io.duet.account;

import java.time.Instant;
import java.util.UUID;

/**
 * A person who may talk. Immutable; username and email are in lower case.
 *
 * @param username 3–50 characters of a–z 0–9 . _ -; unique without regard to case
 * @param email shown to nobody but the user
 */
public record User(UUID userId, String username, String email, Instant createdAt) {}
