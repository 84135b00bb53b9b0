package io.duet.platform;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * A pooled connection that one thread keeps while it has work, for its prepared statements and plans, and gives back when
 * it has none or when it is broken. Waits on the network have a limit, so that a database that vanished without a word
 * cannot hold the thread.
 *
 * <p>Plans are kept for long, but not for ever: one that was made while the tables were small (every fresh installation)
 * reads far too much when they have grown. So they are made anew after 1, 2, 4, 8 … uses, and once a minute at least.
 */
final class HeldConnection {
    private static final Duration RELEASE_AFTER = Duration.ofSeconds(10);
    private static final Duration PLANS_LAST = Duration.ofMinutes(1);

    private final DataSource dataSource;
    private final Duration networkTimeout;
    private Connection connection;
    private int formerTimeoutMs;
    private long usedNanos;
    private long uses;
    private long plannedNanos;

    HeldConnection(DataSource dataSource, Duration networkTimeout) {
        this.dataSource = dataSource;
        this.networkTimeout = networkTimeout;
    }

    Connection get() throws SQLException {
        if (connection == null) {
            Connection fresh = dataSource.getConnection();
            connection = fresh;
            formerTimeoutMs = fresh.getNetworkTimeout();
            fresh.setNetworkTimeout(Runnable::run, Math.toIntExact(networkTimeout.toMillis()));
            uses = 0;
            plannedNanos = System.nanoTime();
        }
        usedNanos = System.nanoTime();
        return connection;
    }

    /** To be called after each use. */
    void renewPlansIfDue() throws SQLException {
        uses++;
        if (Long.bitCount(uses) == 1 || System.nanoTime() - plannedNanos > PLANS_LAST.toNanos()) {
            try (var statement = connection.createStatement()) {
                statement.execute("DISCARD PLANS");
            }
            plannedNanos = System.nanoTime();
        }
    }

    void releaseIfIdle() {
        if (connection != null && System.nanoTime() - usedNanos > RELEASE_AFTER.toNanos()) {
            release();
        }
    }

    void release() {
        Connection former = connection;
        connection = null;
        if (former == null) {
            return;
        }
        try (former) {
            former.setNetworkTimeout(Runnable::run, formerTimeoutMs);
        } catch (SQLException e) {
            // It was broken, and the pool has seen that too.
        }
    }
}
