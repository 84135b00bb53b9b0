package io.duet.account;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.duet.platform.Database;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Sign-ins that are open. Nothing is cached: a revocation holds from its commit on, on every node. Any thread may call
 * that may block on the database.
 */
final class Sessions {

    private final Database database;
    private final Clock clock;
    private final Duration lifetime;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    /**
     * An open session. Of one that was begun here {@code expiresAt} is fixed at sign-in, renewal does not move it.
     *
     * @param ofIssuer whether it was begun at an issuer, which alone can renew its tokens
     */
    record Session(UUID sessionId, UUID userId, Instant expiresAt, boolean ofIssuer) {}

    /**
     * Whose open session it is.
     *
     * @param username as it is now
     * @param inLdap whether a directory (LDAP) checks the password
     * @param ldapAdmin whether that directory last called the person an administrator
     */
    record Owner(UUID userId, String username, boolean inLdap, boolean ldapAdmin) {}

    /** What its owner sees of a session. */
    record OpenSession(UUID sessionId, Instant createdAt, Instant expiresAt) {}

    Sessions(Database database, Clock clock, Duration lifetime) {
        this.database = database;
        this.clock = clock;
        this.lifetime = lifetime;
    }

    /** Begins a session and clears away those of the user whose time is over. */
    Session open(UUID userId) {
        Instant now = clock.instant();
        var session = new Session(ids.generate(), userId, now.plus(lifetime), false);
        database.inTransaction(transaction -> {
            transaction
                    .createQuery("delete from Session s where s.userId = :user and s.expiresAt <= :now")
                    .setParameter("user", userId)
                    .setParameter("now", now)
                    .executeUpdate();
            transaction.persist(new SessionEntity(session.sessionId(), userId, now, session.expiresAt()));
            return session;
        });
        return session;
    }

    private static final String OPEN = """
            SELECT expires_at, issuer_session IS NOT NULL FROM sessions
            WHERE session_id = ? AND user_id = ? AND revoked_at IS NULL AND expires_at > ?
            """;

    Optional<Session> find(UUID sessionId, UUID userId) {
        return database.query(connection -> {
            try (var select = connection.prepareStatement(OPEN)) {
                select.setObject(1, sessionId);
                select.setObject(2, userId);
                select.setTimestamp(3, Timestamp.from(clock.instant()));
                try (var row = select.executeQuery()) {
                    return row.next()
                            ? Optional.of(new Session(
                                    sessionId, userId, row.getTimestamp(1).toInstant(), row.getBoolean(2)))
                            : Optional.empty();
                }
            }
        });
    }

    /** Ends an open session of the user; true for exactly one of several callers. */
    boolean revoke(UUID sessionId, UUID userId) {
        return database.inTransaction(transaction -> transaction
                        .createQuery("update Session s set s.revokedAt = :now where s.sessionId = :session"
                                + " and s.userId = :user and s.revokedAt is null and s.expiresAt > :now")
                        .setParameter("now", clock.instant())
                        .setParameter("session", sessionId)
                        .setParameter("user", userId)
                        .executeUpdate())
                == 1;
    }

    private static final String REVOKE_ALL = """
            UPDATE sessions SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ?
            RETURNING session_id
            """;

    /** Ends all open sessions of the user; each is among the answer of exactly one of several callers. */
    List<UUID> revokeAll(UUID userId) {
        Timestamp now = Timestamp.from(clock.instant());
        return database.query(connection -> {
            try (var update = connection.prepareStatement(REVOKE_ALL)) {
                update.setTimestamp(1, now);
                update.setObject(2, userId);
                update.setTimestamp(3, now);
                try (var rows = update.executeQuery()) {
                    List<UUID> revoked = new ArrayList<>();
                    while (rows.next()) {
                        revoked.add(rows.getObject(1, UUID.class));
                    }
                    return revoked;
                }
            }
        });
    }

    private static final String OPEN_OF_USER = """
            SELECT session_id, created_at, expires_at FROM sessions
            WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ?
            ORDER BY created_at DESC, session_id DESC LIMIT ?
            """;

    /** The newest open sessions of a user, at most {@code limit}. */
    List<OpenSession> ofUser(UUID userId, int limit) {
        return database.query(connection -> {
            try (var select = connection.prepareStatement(OPEN_OF_USER)) {
                select.setObject(1, userId);
                select.setTimestamp(2, Timestamp.from(clock.instant()));
                select.setInt(3, limit);
                try (var rows = select.executeQuery()) {
                    List<OpenSession> sessions = new ArrayList<>();
                    while (rows.next()) {
                        sessions.add(new OpenSession(
                                rows.getObject(1, UUID.class),
                                rows.getTimestamp(2).toInstant(),
                                rows.getTimestamp(3).toInstant()));
                    }
                    return sessions;
                }
            }
        });
    }

    private static final String OPEN_AMONG = """
            SELECT session_id, user_id, username, entry_id IS NOT NULL, coalesce(admin, false)
            FROM sessions JOIN users USING (user_id) LEFT JOIN ldap_accounts USING (user_id)
            WHERE session_id = ANY (?) AND revoked_at IS NULL AND expires_at > ?
            """;

    /** The open ones among the given sessions, with their users. */
    Map<UUID, Owner> openAmong(Collection<UUID> sessionIds) {
        if (sessionIds.isEmpty()) {
            return Map.of();
        }
        return database.query(connection -> {
            try (var select = connection.prepareStatement(OPEN_AMONG)) {
                select.setArray(1, connection.createArrayOf("uuid", sessionIds.toArray()));
                select.setTimestamp(2, Timestamp.from(clock.instant()));
                try (var rows = select.executeQuery()) {
                    Map<UUID, Owner> open = new HashMap<>();
                    while (rows.next()) {
                        open.put(
                                rows.getObject(1, UUID.class),
                                new Owner(
                                        rows.getObject(2, UUID.class),
                                        rows.getString(3),
                                        rows.getBoolean(4),
                                        rows.getBoolean(5)));
                    }
                    return open;
                }
            }
        });
    }

    /** Those of the given sessions that are not open: revoked, over, or unknown. */
    Set<UUID> revokedAmong(Collection<UUID> sessionIds) {
        Set<UUID> revoked = new HashSet<>(sessionIds);
        revoked.removeAll(openAmong(sessionIds).keySet());
        return revoked;
    }
}
