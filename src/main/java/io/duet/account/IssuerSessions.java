package io.duet.account;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.platform.Database;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The people whom issuers vouch for, and their sessions: made when a token is first seen, prolonged and updated by every newer
 * one. A token costs one read as long as nothing is new about it. A session that was ended here is void for every token that had
 * been issued until then, as seen by the issuer's clock; a token that is issued later begins another. Any thread may call that may
 * block on the database.
 */
final class IssuerSessions {

    private final Database database;
    private final Clock clock;
    private final Audit audit;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    /** Whose session it is. */
    record Opened(UUID userId, UUID sessionId) {}

    /** What the database made of a token; no session where that was ended. */
    private record Admitted(UUID userId, Optional<UUID> sessionId) {}

    private record Row(UUID sessionId, UUID userId, Instant expiresAt, Instant newestToken, boolean revoked) {
        boolean ended(IssuedToken token) {
            return revoked && !newestToken.isBefore(token.issuedAt());
        }

        boolean covers(IssuedToken token) {
            return !revoked && !newestToken.isBefore(token.issuedAt()) && !expiresAt.isBefore(token.expiresAt());
        }
    }

    IssuerSessions(Database database, Clock clock, Audit audit) {
        this.database = database;
        this.clock = clock;
        this.audit = audit;
    }

    /** The sessions of these tokens; those are missing whose session was ended. */
    Map<IssuedToken, Opened> open(Collection<IssuedToken> tokens) {
        Map<String, List<Row>> rows = rows(tokens);
        Map<IssuedToken, Opened> opened = new HashMap<>();
        for (IssuedToken token : tokens) {
            List<Row> known = rows.getOrDefault(token.session(), List.of());
            if (known.stream().noneMatch(row -> row.ended(token))) {
                known.stream()
                        .filter(row -> row.covers(token))
                        .findFirst()
                        .map(row -> new Opened(row.userId(), row.sessionId()))
                        .or(() -> admit(token))
                        .ifPresent(session -> opened.put(token, session));
            }
        }
        return opened;
    }

    private static final String KNOWN = """
            SELECT issuer_session, session_id, user_id, expires_at, newest_token, revoked_at IS NOT NULL
            FROM sessions WHERE issuer_session = ANY (?)
            """;

    private Map<String, List<Row>> rows(Collection<IssuedToken> tokens) {
        return database.query(connection -> {
            try (var select = connection.prepareStatement(KNOWN)) {
                select.setArray(
                        1,
                        connection.createArrayOf(
                                "varchar",
                                tokens.stream().map(IssuedToken::session).toArray()));
                try (var found = select.executeQuery()) {
                    Map<String, List<Row>> rows = new HashMap<>();
                    while (found.next()) {
                        rows.computeIfAbsent(found.getString(1), session -> new ArrayList<>())
                                .add(new Row(
                                        found.getObject(2, UUID.class),
                                        found.getObject(3, UUID.class),
                                        found.getTimestamp(4).toInstant(),
                                        found.getTimestamp(5).toInstant(),
                                        found.getBoolean(6)));
                    }
                    return rows;
                }
            }
        });
    }

    /** Both functions are in {@code V8__identities.sql}. */
    private static final String ADMIT = """
            SELECT user_id, open_issuer_session(user_id, ?, ?, ?, ?, ?)
            FROM identify_user(?, ?, ?, ?, ?, ?, ?) AS user_id
            """;

    private Optional<Opened> admit(IssuedToken token) {
        UUID fresh = ids.generate();
        Admitted admitted = admit(token, fresh);
        if (admitted.userId().equals(fresh)) {
            audit.record(AuditEvent.ok("registration")
                    .user(fresh)
                    .username(username(fresh))
                    .detail("method", "oidc")
                    .detail("issuer", token.issuer()));
        }
        return admitted.sessionId().map(session -> new Opened(admitted.userId(), session));
    }

    /** Asked for by itself: the statement that makes a user does not see her. */
    private String username(UUID userId) {
        return database.query(connection -> {
            try (var select = connection.prepareStatement("SELECT username FROM users WHERE user_id = ?")) {
                select.setObject(1, userId);
                try (var row = select.executeQuery()) {
                    row.next();
                    return row.getString(1);
                }
            }
        });
    }

    /** @param fresh what the user is called if this is the first token of hers that is seen */
    private Admitted admit(IssuedToken token, UUID fresh) {
        Timestamp now = Timestamp.from(clock.instant());
        return database.query(connection -> {
            try (var call = connection.prepareStatement(ADMIT)) {
                call.setObject(1, ids.generate());
                call.setString(2, token.session());
                call.setTimestamp(3, Timestamp.from(token.issuedAt()));
                call.setTimestamp(4, Timestamp.from(token.expiresAt()));
                call.setTimestamp(5, now);
                call.setString(6, token.issuer());
                call.setString(7, token.subject());
                call.setObject(8, fresh);
                call.setArray(
                        9, connection.createArrayOf("text", token.usernames().toArray()));
                call.setBoolean(10, token.usernameClaimed());
                call.setString(11, token.email().orElse(null));
                call.setTimestamp(12, now);
                try (var row = call.executeQuery()) {
                    row.next();
                    return new Admitted(
                            row.getObject(1, UUID.class), Optional.ofNullable(row.getObject(2, UUID.class)));
                }
            }
        });
    }
}
