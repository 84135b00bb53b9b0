package io.duet.system.faults;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The database is gone, stands still, refuses to write or has no room, and the contract is kept. */
@ExtendWith(Trial.Lender.class)
class DatabaseFaultsTrial {

    @Test
    void stoppedDatabase(Trial trial) {
        trial.survives(
                "the database stopped",
                Lengths.of(6, 30),
                trial.site().database()::stop,
                trial.site().database()::start);
    }

    @Test
    void pausedDatabase(Trial trial) {
        trial.survives(
                "the database paused",
                Lengths.of(8, 30),
                trial.site().database()::freeze,
                trial.site().database()::thaw);
    }

    @Test
    void readOnlyDatabase(Trial trial) {
        trial.survives(
                "the database read-only",
                Lengths.of(6, 30),
                () -> trial.site().database().readOnly(true),
                () -> trial.site().database().readOnly(false));
    }

    /** Somebody locks a table, and every statement on it keeps its connection of the pool. */
    @Test
    void exhaustedConnectionPool(Trial trial) throws SQLException {
        try (Connection connection = trial.site().database().connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            trial.survives(
                    "every connection of the pools waits",
                    Lengths.of(8, 30),
                    () -> execute(statement, "LOCK TABLE messages, message_status, devices, conversations"),
                    () -> execute(statement, "ROLLBACK"));
        }
    }

    private static void execute(Statement statement, String sql) {
        try {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void fullDisk(Trial trial) {
        try (SmallDisk disk = new SmallDisk()) {
            trial.site().database().moveMessagesTo(disk.directory());
            trial.survives("the disk full", Lengths.of(6, 30), disk::fill, disk::empty);
            trial.site().database().moveMessagesBack();
        }
    }
}
