package io.duet.account;

import io.duet.platform.Database;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * The table {@code ldap_check}: which node looks for people who are gone, so that one does. A lease, since a node may die
 * while it looks. Any thread may call that may block on the database.
 */
final class LdapCheck {

    private static final Duration LEASE = Duration.ofMinutes(1);

    private final Database database;
    private final Clock clock;

    LdapCheck(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    private static final String BEGIN = """
            UPDATE ldap_check SET run_id = ?, begun_at = ?, held_until = ?
            WHERE begun_at <= ? AND (held_until <= ? OR run_id IS NULL)
            """;

    /** Begins a run, unless another one is under way or began later than so long ago. */
    boolean begin(UUID run, Duration ago) {
        Instant now = clock.instant();
        return update(BEGIN, run, at(now), at(now.plus(LEASE)), at(now.minus(ago)), at(now));
    }

    private static final String GO_ON = "UPDATE ldap_check SET held_until = ? WHERE run_id = ?";

    /** False when the run has lost its lease, for instance because this node slept. */
    boolean goOn(UUID run) {
        return update(GO_ON, at(clock.instant().plus(LEASE)), run);
    }

    private static final String END = "UPDATE ldap_check SET run_id = NULL WHERE run_id = ?";

    void end(UUID run) {
        update(END, run);
    }

    private static final String GIVE_UP =
            "UPDATE ldap_check SET run_id = NULL, begun_at = '-infinity' WHERE run_id = ?";

    /** The run has found out nothing, so the next one need not wait. */
    void giveUp(UUID run) {
        update(GIVE_UP, run);
    }

    private static Timestamp at(Instant instant) {
        return Timestamp.from(instant);
    }

    private boolean update(String sql, Object... parameters) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 1, parameters[i]);
                }
                return statement.executeUpdate() == 1;
            }
        });
    }
}
