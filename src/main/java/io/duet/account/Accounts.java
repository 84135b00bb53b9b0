package io.duet.account;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.duet.audit.Audit;
import io.duet.config.DuetConfig;
import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Authenticator;
import io.duet.rest.Caller;
import io.duet.rest.Role;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Who somebody is: users, their passwords, sessions and tokens.
 *
 * <p>Any thread may call that may block on the database; failures of it come out as
 * {@link io.duet.platform.DatabaseException}. Nothing about sessions is cached: what is revoked is refused from the
 * commit on, on every node.
 */
@Singleton
public final class Accounts implements Authenticator {

    private static final Logger LOG = Logger.getLogger(Accounts.class);
    static final int MOST_SESSIONS_LISTED = 200;
    private static final int FORBIDDEN = 403;

    private final Database database;
    private final DuetConfig config;
    private final Clock clock;
    private final Event<SessionRevoked> revocations;
    private final Directory directory;
    private final Passwords passwords;
    private final SignIn signIn;
    private final Sessions sessions;
    private final Tokens tokens;
    private final Issuers issuers;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    /** A token to hand out, with whom it is for. */
    record Granted(UUID userId, UUID sessionId, Tokens.Issued token) {}

    @Inject
    public Accounts(
            Database database,
            DuetConfig config,
            Clock clock,
            MeterRegistry meters,
            Event<SessionRevoked> revocations,
            Issuers issuers,
            Audit audit,
            Ldap ldap) {
        this(database, config, clock, new Passwords(meters), revocations, issuers, audit, ldap);
    }

    Accounts(
            Database database,
            DuetConfig config,
            Clock clock,
            Passwords passwords,
            Event<SessionRevoked> revocations,
            Issuers issuers,
            Audit audit,
            Ldap ldap) {
        this.database = database;
        this.config = config;
        this.clock = clock;
        this.passwords = passwords;
        this.revocations = revocations;
        this.issuers = issuers;
        directory = new Directory(database);
        signIn = new SignIn(
                new LocalPasswords(database, clock, passwords, config.accounts().local()),
                ldap.signIn(),
                config.signIn().order(),
                new SignInThrottle(database, config.signIn(), clock),
                audit);
        sessions = new Sessions(database, clock, config.tokens().sessionLifetime());
        tokens = new Tokens(new SigningKeys(database, clock, config.tokens().secret()), clock);
    }

    public Optional<User> byId(UUID userId) {
        return directory.byId(userId);
    }

    List<Directory.Entry> startingWith(String prefix, String after, int limit) {
        return directory.startingWith(prefix, after, limit);
    }

    private static final String INSERT_USER = """
            WITH fresh AS (
              INSERT INTO users (user_id, username, email, created_at) VALUES (?, ?, ?, ?)
              ON CONFLICT DO NOTHING RETURNING user_id, created_at)
            INSERT INTO credentials (user_id, password_hash, updated_at) SELECT user_id, ?, created_at FROM fresh
            """;

    /**
     * Makes a local account, whether registration is open or not; hashes, so takes about a tenth of a second.
     *
     * @throws ApiException {@code bad_request}: with status 400 for an invalid value, with 409 when username or email is
     *     taken; {@code unavailable} when too many passwords are being hashed
     */
    public User register(String username, String email, String password) {
        Registration wanted = Registration.of(username, email, password);
        taken(wanted).ifPresent(Accounts::refuseTaken);
        String hash;
        try (Passwords.Slot slot = passwords.slot()) {
            hash = slot.hash(wanted.password());
        }
        var user = new User(
                ids.generate(),
                wanted.username(),
                Optional.of(wanted.email()),
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
        if (!insert(user, hash)) {
            refuseTaken(taken(wanted).orElse("username"));
        }
        return user;
    }

    private boolean insert(User user, String hash) {
        return database.query(connection -> {
            try (var insert = connection.prepareStatement(INSERT_USER)) {
                insert.setObject(1, user.userId());
                insert.setString(2, user.username());
                insert.setString(3, user.email().orElse(null));
                insert.setTimestamp(4, Timestamp.from(user.createdAt()));
                insert.setString(5, hash);
                return insert.executeUpdate() == 1;
            }
        });
    }

    private static final String TAKEN = """
            SELECT CASE WHEN username = ? THEN 'username' ELSE 'email' END FROM users
            WHERE username = ? OR email = ? ORDER BY 1 DESC LIMIT 1
            """;

    /** Which field of the wanted account belongs to somebody already. */
    private Optional<String> taken(Registration wanted) {
        return database.query(connection -> {
            try (var select = connection.prepareStatement(TAKEN)) {
                select.setString(1, wanted.username());
                select.setString(2, wanted.username());
                select.setString(3, wanted.email());
                try (var row = select.executeQuery()) {
                    return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
                }
            }
        });
    }

    private static void refuseTaken(String field) {
        throw new ApiException(409, ErrorCode.BAD_REQUEST, "this " + field + " is taken");
    }

    SignIn.Outcome signIn(String username, String password, String source) {
        return signIn.attempt(username, password, source);
    }

    /** Begins a session for somebody whose password was right. */
    Granted openSession(UUID userId) {
        return grant(sessions.open(userId));
    }

    /**
     * A fresh token of the same session; empty when that has ended meanwhile. The old token stays valid until its time.
     *
     * @throws ApiException 403 {@code unauthorized} when the session was begun at an issuer
     */
    Optional<Granted> renew(Caller caller) {
        Optional<Sessions.Session> session = sessions.find(caller.sessionId(), caller.userId());
        if (session.filter(Sessions.Session::ofIssuer).isPresent()) {
            throw new ApiException(FORBIDDEN, ErrorCode.UNAUTHORIZED, "a token of an issuer is renewed at the issuer");
        }
        return session.map(this::grant);
    }

    private Granted grant(Sessions.Session session) {
        Instant wanted = clock.instant().plus(config.tokens().lifetime());
        Instant expiresAt = wanted.isBefore(session.expiresAt()) ? wanted : session.expiresAt();
        return new Granted(
                session.userId(), session.sessionId(), tokens.issue(session.userId(), session.sessionId(), expiresAt));
    }

    /** Ends the session that the caller is in; false when it had ended. */
    boolean revoke(Caller caller) {
        return revoke(caller, caller.sessionId());
    }

    /**
     * Ends a session of the caller's: its tokens are void, and {@link SessionRevoked} is fired.
     *
     * @return false when the caller has no such open session
     */
    boolean revoke(Caller caller, UUID sessionId) {
        if (!sessions.revoke(sessionId, caller.userId())) {
            return false;
        }
        announce(new SessionRevoked(caller.userId(), sessionId));
        return true;
    }

    /** Ends all sessions of a user as {@link #revoke} ends one, and tells how many there were. */
    int revokeAll(UUID userId) {
        List<UUID> revoked = sessions.revokeAll(userId);
        revoked.forEach(sessionId -> announce(new SessionRevoked(userId, sessionId)));
        return revoked.size();
    }

    private void announce(SessionRevoked revoked) {
        try {
            revocations.fire(revoked);
        } catch (RuntimeException e) {
            LOG.warnf(e, "Session %s is revoked, but an observer of that failed", revoked.sessionId());
        }
    }

    /** The caller's open sessions, newest first, at most {@value #MOST_SESSIONS_LISTED}. */
    List<Sessions.OpenSession> sessionsOf(Caller caller) {
        return sessions.ofUser(caller.userId(), MOST_SESSIONS_LISTED);
    }

    /** Those of the given sessions whose tokens are void: revoked, over, or unknown. One statement. */
    public Set<UUID> revokedAmong(Collection<UUID> sessionIds) {
        return sessions.revokedAmong(sessionIds);
    }

    /**
     * Sees to it that {@link #verify} can judge this token, whose issuer may have to be asked for a key before; never blocks and never
     * fails. Without it {@link #verify} may be undecided.
     */
    public CompletionStage<Void> ready(String token) {
        return issuers.ready(token);
    }

    /** Judges a bearer token, Duet's own or an issuer's: signature, expiry, and whether its session is open in the database. */
    public TokenVerdict verify(String token) {
        return verify(List.of(token)).get(token);
    }

    /** Judges several, with one look at the database. */
    public Map<String, TokenVerdict> verify(Collection<String> bearers) {
        Map<String, TokenVerdict> verdicts = issuers.verify(bearers);
        Map<String, Tokens.Reading> readings = new HashMap<>();
        bearers.stream()
                .filter(bearer -> !verdicts.containsKey(bearer))
                .forEach(bearer -> readings.computeIfAbsent(bearer, this::read));
        Map<UUID, Sessions.Owner> open = sessions.openAmong(readings.values().stream()
                .filter(Tokens.Reading.Genuine.class::isInstance)
                .map(reading -> ((Tokens.Reading.Genuine) reading).sessionId())
                .collect(Collectors.toSet()));
        readings.forEach((bearer, reading) -> verdicts.put(bearer, verdict(reading, open)));
        return verdicts;
    }

    private Tokens.Reading read(String bearer) {
        return config.accounts().local() || config.ldap().isPresent()
                ? tokens.read(bearer)
                : new Tokens.Reading.Rejected("there are no local accounts on this server");
    }

    private TokenVerdict verdict(Tokens.Reading reading, Map<UUID, Sessions.Owner> open) {
        if (reading instanceof Tokens.Reading.Genuine genuine) {
            return Optional.ofNullable(open.get(genuine.sessionId()))
                    .filter(owner -> owner.userId().equals(genuine.userId()))
                    .filter(owner -> config.accounts().local() || owner.inLdap())
                    .<TokenVerdict>map(owner -> new TokenVerdict.Valid(
                            new Caller(genuine.userId(), genuine.sessionId(), genuine.expiresAt(), roles(owner))))
                    .orElseGet(() -> new TokenVerdict.Invalid("the session has ended"));
        }
        return new TokenVerdict.Invalid(((Tokens.Reading.Rejected) reading).reason());
    }

    /** Of people in the directory (LDAP) it alone says who is an administrator. */
    private Set<Role> roles(Sessions.Owner owner) {
        boolean admin =
                owner.inLdap() ? owner.ldapAdmin() : config.accounts().admins().contains(owner.username());
        return admin ? Set.of(Role.USER, Role.ADMIN) : Set.of(Role.USER);
    }

    @Override
    public Optional<Caller> authenticate(String token) {
        try {
            issuers.await(token);
            TokenVerdict verdict = verify(token);
            if (verdict instanceof TokenVerdict.Undecided) {
                throw Issuers.undecided();
            }
            return verdict instanceof TokenVerdict.Valid valid ? Optional.of(valid.caller()) : Optional.empty();
        } catch (DatabaseException e) {
            if (e.unavailable()) {
                throw new ApiException(ErrorCode.UNAVAILABLE, "the database cannot be reached now");
            }
            throw e;
        }
    }
}
