package io.duet.account;

import java.util.UUID;

/**
 * CDI event: this session ended before its time, so its tokens are void and its sockets have to close (4401). Fired on
 * the thread that revoked it, after the commit, and only on the node that revoked it; at most once per session.
 */
public record SessionRevoked(UUID userId, UUID sessionId) {}
