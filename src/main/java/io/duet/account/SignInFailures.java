package io.duet.account;

import io.duet.platform.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tables {@code sign_in_failures} and {@code sign_in_places}; each statement is a transaction of its own. Any thread
 * may call that may block on the database.
 */
final class SignInFailures {

    private final Database database;

    /** How often a subject has failed within the window that ends then. */
    record Count(byte[] subject, int failures, Instant windowEnds) {}

    /** @param placeSeenAt when somebody signed in there last */
    record Standing(List<Count> counts, Optional<Instant> placeSeenAt) {}

    SignInFailures(Database database) {
        this.database = database;
    }

    private static final String OPEN_WINDOWS =
            "SELECT subject, failures, window_ends FROM sign_in_failures WHERE subject = ANY (?) AND window_ends > ?";

    private static final String SEEN_AT = "SELECT seen_at FROM sign_in_places WHERE place = ?";

    /** What is known about these subjects and this place. */
    Standing of(List<byte[]> subjects, byte[] place, Instant now) {
        return database.query(connection -> new Standing(counts(connection, subjects, now), seenAt(connection, place)));
    }

    private static List<Count> counts(Connection connection, List<byte[]> subjects, Instant now) throws SQLException {
        try (var select = connection.prepareStatement(OPEN_WINDOWS)) {
            select.setArray(1, connection.createArrayOf("bytea", subjects.toArray(byte[][]::new)));
            select.setTimestamp(2, Timestamp.from(now));
            try (var rows = select.executeQuery()) {
                List<Count> counts = new ArrayList<>();
                while (rows.next()) {
                    counts.add(new Count(
                            rows.getBytes(1),
                            rows.getInt(2),
                            rows.getTimestamp(3).toInstant()));
                }
                return counts;
            }
        }
    }

    private static Optional<Instant> seenAt(Connection connection, byte[] place) throws SQLException {
        try (var select = connection.prepareStatement(SEEN_AT)) {
            select.setBytes(1, place);
            try (var row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getTimestamp(1).toInstant()) : Optional.empty();
            }
        }
    }

    /** The lock of the row makes those who count at the same time wait for each other, so nobody passes the limit. */
    private static final String ADD = """
            INSERT INTO sign_in_failures AS known (subject, failures, window_ends) VALUES (?, 1, ?)
            ON CONFLICT (subject) DO UPDATE SET
              failures = CASE WHEN known.window_ends <= ? THEN 1 ELSE known.failures + 1 END,
              window_ends = CASE WHEN known.window_ends <= ? THEN excluded.window_ends ELSE known.window_ends END
            WHERE known.window_ends <= ? OR known.failures < ?
            """;

    /**
     * Counts one more failure, in a new window if none is open.
     *
     * @return false when the limit is reached already; then nothing is counted
     */
    boolean add(byte[] subject, int limit, Instant now, Instant windowEnds) {
        Timestamp present = Timestamp.from(now);
        return change(ADD, subject, Timestamp.from(windowEnds), present, present, present, limit) == 1;
    }

    private static final String TAKE_BACK =
            "UPDATE sign_in_failures SET failures = failures - 1 WHERE subject = ? AND failures > 0";

    /** Takes one failure back. */
    void takeBack(byte[] subject) {
        change(TAKE_BACK, (Object) subject);
    }

    private static final String FORGET = "DELETE FROM sign_in_failures WHERE subject = ?";

    /** Forgets all failures of a subject. */
    void forget(byte[] subject) {
        change(FORGET, (Object) subject);
    }

    private static final String SEE = """
            INSERT INTO sign_in_places (place, seen_at) VALUES (?, ?)
            ON CONFLICT (place) DO UPDATE SET seen_at = excluded.seen_at
            """;

    /** Somebody has signed in there. */
    void see(byte[] place, Instant now) {
        change(SEE, place, Timestamp.from(now));
    }

    private static final String FORGET_OVER = "DELETE FROM sign_in_failures WHERE window_ends <= ?";

    private static final String FORGET_FEWEST = """
            DELETE FROM sign_in_failures WHERE subject IN
              (SELECT subject FROM sign_in_failures ORDER BY failures DESC, window_ends DESC OFFSET ?)
            """;

    private static final String FORGET_PLACES = "DELETE FROM sign_in_places WHERE seen_at <= ?";

    /** Removes what is over; of the rest at most {@code most} subjects stay, those that failed most often. */
    void tidy(Instant now, int most, Instant placesSince) {
        change(FORGET_OVER, Timestamp.from(now));
        change(FORGET_FEWEST, most);
        change(FORGET_PLACES, Timestamp.from(placesSince));
    }

    private int change(String sql, Object... parameters) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 1, parameters[i]);
                }
                return statement.executeUpdate();
            }
        });
    }
}
