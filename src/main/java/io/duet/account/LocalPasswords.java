package io.duet.account;

import io.duet.platform.Database;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;

/** The passwords that Duet itself keeps, as hashes. Any thread may call that may block. */
final class LocalPasswords {

    private final Database database;
    private final Clock clock;
    private final Passwords passwords;
    private final boolean enabled;

    /** Somebody who has such a password. */
    record Stored(UUID userId, String username, String passwordHash) {}

    /** @param enabled whether there are local accounts; if not, nobody has such a password */
    LocalPasswords(Database database, Clock clock, Passwords passwords, boolean enabled) {
        this.database = database;
        this.clock = clock;
        this.passwords = passwords;
        this.enabled = enabled;
    }

    private static final String BY_USERNAME = """
            SELECT u.user_id, u.username, c.password_hash FROM users u JOIN credentials c USING (user_id)
            WHERE u.username = ? AND ?
            """;

    /** @param typed the username, in any case */
    Optional<Stored> find(String typed) {
        String name = Registration.storedUsername(typed).orElse("");
        return database.query(connection -> {
            try (var select = connection.prepareStatement(BY_USERNAME)) {
                select.setString(1, name);
                select.setBoolean(2, enabled);
                try (var row = select.executeQuery()) {
                    return row.next()
                            ? Optional.of(new Stored(row.getObject(1, UUID.class), row.getString(2), row.getString(3)))
                            : Optional.empty();
                }
            }
        });
    }

    /**
     * Whether the password is that person's. Costs exactly one hash, also for nobody, whose password is always wrong.
     *
     * @throws io.duet.rest.ApiException {@code unavailable} when too many passwords are being checked
     */
    boolean matches(Optional<Stored> stored, String password) {
        String normalised = Registration.normalisedPassword(password);
        try (Passwords.Slot slot = passwords.slot()) {
            if (!slot.matches(normalised, stored.map(Stored::passwordHash))) {
                return false;
            }
            renewOutdated(slot, stored.orElseThrow(), normalised);
            return true;
        }
    }

    private void renewOutdated(Passwords.Slot slot, Stored user, String password) {
        if (passwords.outdated(user.passwordHash())) {
            String hash = slot.hash(password);
            database.inTransaction(transaction -> {
                transaction.find(CredentialEntity.class, user.userId()).change(hash, clock.instant());
                return null;
            });
        }
    }
}
