package io.duet.retention;

import io.duet.platform.Database;
import java.time.Duration;

/**
 * Which node removes in a database: the one that has the lease in its {@code retention_turn}. All times are the database's. A node that lost its lease
 * without noticing removes nothing all the same, because {@code remove_messages} looks. Blocks on the database.
 */
final class RetentionTurn {
    static final Duration LEASE = Duration.ofMinutes(1);

    private final Database database;
    private final String node;

    /** @param node unique among the nodes that share the database */
    RetentionTurn(Database database, String node) {
        this.database = database;
        this.node = node;
    }

    String node() {
        return node;
    }

    private static final String TAKE = """
            UPDATE retention_turn SET leased_by = ?, leased_until = clock_timestamp() + make_interval(secs => ?)
             WHERE (leased_by = ? OR leased_until < clock_timestamp())
               AND finished_at < clock_timestamp() - make_interval(secs => ?)""";

    /** True when a pass is due, the last whole one being older than the interval, and this node is the one to make it. */
    boolean take(Duration interval) {
        return changed(TAKE, node, seconds(LEASE), node, seconds(interval));
    }

    private static final String RENEW = """
            UPDATE retention_turn SET leased_until = clock_timestamp() + make_interval(secs => ?)
             WHERE leased_by = ? AND leased_until > clock_timestamp()""";

    /** False when it is another node's turn. */
    boolean renew() {
        return changed(RENEW, seconds(LEASE), node);
    }

    private static final String FINISH = """
            UPDATE retention_turn SET leased_until = '-infinity', finished_at = clock_timestamp() WHERE leased_by = ?""";

    /** The pass was a whole one: the next is due after the interval. */
    void finish() {
        changed(FINISH, node);
    }

    private static final String GIVE_BACK = "UPDATE retention_turn SET leased_until = '-infinity' WHERE leased_by = ?";

    /** The pass was not a whole one: any node may begin another at once. */
    void giveBack() {
        changed(GIVE_BACK, node);
    }

    private boolean changed(String sql, Object... parameters) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 1, parameters[i]);
                }
                return statement.executeUpdate() > 0;
            }
        });
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
