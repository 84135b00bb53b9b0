package io.duet.account;

import io.duet.platform.Database;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * Checks usernames and passwords. Every attempt that is not throttled costs one database look-up and exactly one hash,
 * whether the user exists or not. Any thread may call that may block.
 */
final class SignIn {

    private final Database database;
    private final Clock clock;
    private final Passwords passwords;
    private final SignInThrottle throttle;

    /** What came of an attempt. */
    sealed interface Outcome {
        record Correct(UUID userId) implements Outcome {}

        /** Unknown user or wrong password. */
        record Wrong() implements Outcome {}

        record TooManyFailures(Duration retryAfter) implements Outcome {}
    }

    private record Stored(UUID userId, String passwordHash) {}

    SignIn(Database database, Clock clock, Passwords passwords, SignInThrottle throttle) {
        this.database = database;
        this.clock = clock;
        this.passwords = passwords;
        this.throttle = throttle;
    }

    /**
     * @param source the network address that the attempt comes from
     * @throws io.duet.rest.ApiException {@code unavailable} when too many passwords are being checked
     */
    Outcome attempt(String username, String password, String source) {
        String name = Registration.storedUsername(username).orElse("");
        Optional<Duration> blocked = throttle.blocked(name, source);
        if (blocked.isPresent()) {
            return new Outcome.TooManyFailures(blocked.get());
        }
        Optional<Stored> stored = find(name);
        try (Passwords.Slot slot = passwords.slot()) {
            Optional<Duration> blockedMeanwhile = throttle.begin(name, source);
            if (blockedMeanwhile.isPresent()) {
                return new Outcome.TooManyFailures(blockedMeanwhile.get());
            }
            String normalised = Registration.normalisedPassword(password);
            if (!slot.matches(normalised, stored.map(Stored::passwordHash))) {
                return new Outcome.Wrong();
            }
            Stored user = stored.orElseThrow();
            throttle.succeeded(name, source);
            renewOutdated(slot, user, normalised);
            return new Outcome.Correct(user.userId());
        }
    }

    private static final String BY_USERNAME = """
            SELECT u.user_id, c.password_hash FROM users u JOIN credentials c USING (user_id)
            WHERE u.username = ?
            """;

    private Optional<Stored> find(String username) {
        return database.query(connection -> {
            try (var select = connection.prepareStatement(BY_USERNAME)) {
                select.setString(1, username);
                try (var row = select.executeQuery()) {
                    return row.next()
                            ? Optional.of(new Stored(row.getObject(1, UUID.class), row.getString(2)))
                            : Optional.empty();
                }
            }
        });
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
