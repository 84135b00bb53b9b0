package io.duet.account;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.duet.platform.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.Session;

/**
 * The table {@code ldap_accounts}: whose password the directory checks, and their rows in {@code users}. Any thread may call
 * that may block on the database.
 */
final class LdapAccounts {

    private static final int NAME_MAX = 50;
    private static final int FORMER_DIGITS = 8;

    private final Database database;
    private final Clock clock;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    /** What came of it. */
    sealed interface Linking {
        /**
         * The account is as the directory says, but for a new name that is somebody else's.
         *
         * @param created whether it is new
         */
        record Linked(UUID userId, boolean created) implements Linking {}

        /** There is no account, since the username is somebody else's. */
        record NameTaken() implements Linking {}

        /** Nothing was changed: first has to be known whether this entry still has a right to the username. */
        record NameHeld(LdapPerson.Id holder) implements Linking {}
    }

    /** An account with open sessions, and its entry. */
    record Present(UUID userId, LdapPerson.Id entry, boolean admin) {}

    private record Account(UUID userId, String username, String email, boolean admin) {
        boolean is(String name, Optional<String> address, boolean administrator) {
            return username.equals(name)
                    && (address.isEmpty() || address.get().equals(email))
                    && admin == administrator;
        }
    }

    LdapAccounts(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Makes or updates somebody's account; one read when nothing has changed. An account that has no entry in the
     * directory never loses its username.
     *
     * @param rights what is known about other entries: whether they have a right to the username
     */
    Linking link(LdapPerson person, String username, boolean admin, Map<LdapPerson.Id, Boolean> rights) {
        return database.inTransaction(transaction -> transaction
                .unwrap(Session.class)
                .doReturningWork(connection -> link(connection, person, username, admin, rights)));
    }

    private Linking link(
            Connection connection,
            LdapPerson person,
            String username,
            boolean admin,
            Map<LdapPerson.Id, Boolean> rights)
            throws SQLException {
        Optional<Account> known = account(connection, person.id());
        if (known.isPresent() && known.get().is(username, person.email(), admin)) {
            return new Linking.Linked(known.get().userId(), false);
        }
        update(connection, ONE_AT_A_TIME);
        known = account(connection, person.id());
        boolean named = known.isPresent() && known.get().username().equals(username);
        if (!named) {
            Optional<Linking> obstacle = makeRoom(connection, username, rights);
            if (obstacle.isPresent() && (known.isEmpty() || obstacle.get() instanceof Linking.NameHeld)) {
                return obstacle.get();
            }
            named = obstacle.isPresent();
        }
        UUID userId = known.map(Account::userId).orElseGet(ids::generate);
        if (known.isEmpty() && !create(connection, userId, person, username)) {
            return new Linking.NameTaken();
        }
        if (known.isPresent() && !named) {
            update(connection, RENAME, username, userId);
        }
        update(connection, ADMIN, admin, userId);
        if (person.email().isPresent()) {
            String email = person.email().get();
            update(connection, EMAIL, email, userId, email, userId);
        }
        return new Linking.Linked(userId, known.isEmpty());
    }

    private static final String BY_ENTRY = """
            SELECT user_id, username, email, admin FROM ldap_accounts JOIN users USING (user_id) WHERE entry_id = ?
            """;

    private static Optional<Account> account(Connection connection, LdapPerson.Id entry) throws SQLException {
        try (var select = connection.prepareStatement(BY_ENTRY)) {
            select.setBytes(1, entry.bytes());
            try (var row = select.executeQuery()) {
                return row.next()
                        ? Optional.of(new Account(
                                row.getObject(1, UUID.class), row.getString(2), row.getString(3), row.getBoolean(4)))
                        : Optional.empty();
            }
        }
    }

    /** Against other nodes that link at this moment. Reads go on. */
    private static final String ONE_AT_A_TIME = "LOCK TABLE ldap_accounts IN SHARE ROW EXCLUSIVE MODE";

    private static final String HOLDER =
            "SELECT user_id, entry_id FROM users LEFT JOIN ldap_accounts USING (user_id) WHERE username = ?";

    /** Empty when the username is free now. */
    private static Optional<Linking> makeRoom(
            Connection connection, String username, Map<LdapPerson.Id, Boolean> rights) throws SQLException {
        try (var select = connection.prepareStatement(HOLDER)) {
            select.setString(1, username);
            try (var row = select.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                UUID holder = row.getObject(1, UUID.class);
                byte[] entry = row.getBytes(2);
                if (entry == null) {
                    return Optional.of(new Linking.NameTaken());
                }
                var id = new LdapPerson.Id(entry);
                if (!rights.containsKey(id)) {
                    return Optional.of(new Linking.NameHeld(id));
                }
                if (rights.get(id)) {
                    return Optional.of(new Linking.NameTaken());
                }
                update(connection, RENAME, formerName(username, holder), holder);
                return Optional.empty();
            }
        }
    }

    /** The last digits of an id are random. */
    private static String formerName(String username, UUID holder) {
        String id = holder.toString();
        String kept = username.substring(0, Math.min(username.length(), NAME_MAX - FORMER_DIGITS - 1));
        return kept + "." + id.substring(id.length() - FORMER_DIGITS);
    }

    private static final String CREATE = """
            WITH fresh AS (
              INSERT INTO users (user_id, username, created_at) VALUES (?, ?, ?)
              ON CONFLICT DO NOTHING RETURNING user_id)
            INSERT INTO ldap_accounts (user_id, entry_id, admin) SELECT user_id, ?, false FROM fresh
            """;

    private boolean create(Connection connection, UUID userId, LdapPerson person, String username) throws SQLException {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        return update(
                        connection,
                        CREATE,
                        userId,
                        username,
                        Timestamp.from(now),
                        person.id().bytes())
                == 1;
    }

    private static final String RENAME = "UPDATE users SET username = ? WHERE user_id = ?";

    private static final String ADMIN = "UPDATE ldap_accounts SET admin = ? WHERE user_id = ?";

    /** An address that another account has is not taken from it. */
    private static final String EMAIL = """
            UPDATE users SET email = ? WHERE user_id = ?
            AND NOT EXISTS (SELECT FROM users WHERE email = ? AND user_id <> ?)
            """;

    private static int update(Connection connection, String sql, Object... parameters) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }

    private static final String WITH_OPEN_SESSIONS = """
            SELECT user_id, entry_id, admin FROM ldap_accounts
            WHERE user_id > ? AND EXISTS (
              SELECT FROM sessions WHERE sessions.user_id = ldap_accounts.user_id AND revoked_at IS NULL AND expires_at > ?)
            ORDER BY user_id LIMIT ?
            """;

    /** Accounts with open sessions, by their ids. */
    List<Present> withOpenSessions(UUID after, int limit) {
        return database.query(connection -> {
            try (var select = connection.prepareStatement(WITH_OPEN_SESSIONS)) {
                select.setObject(1, after);
                select.setTimestamp(2, Timestamp.from(clock.instant()));
                select.setInt(3, limit);
                try (var rows = select.executeQuery()) {
                    List<Present> present = new ArrayList<>();
                    while (rows.next()) {
                        present.add(new Present(
                                rows.getObject(1, UUID.class),
                                new LdapPerson.Id(rows.getBytes(2)),
                                rows.getBoolean(3)));
                    }
                    return present;
                }
            }
        });
    }

    void setAdmin(UUID userId, boolean admin) {
        database.query(connection -> update(connection, ADMIN, admin, userId));
    }
}
