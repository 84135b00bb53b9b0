package io.duet.platform;

import java.sql.SQLException;
import java.util.Set;

/** What a failure of the database means for the statement that met it. */
final class SqlFailure {
    /** SQLSTATE classes (PostgreSQL, appendix A): data exception, integrity constraint, program limit exceeded. */
    private static final Set<String> REFUSING_CLASSES = Set.of("22", "23", "54");

    /** Rolled back for the sake of others; the connection is as good as before. */
    private static final Set<String> CONFLICTS = Set.of("40001", "40P01", "55P03");

    private SqlFailure() {}

    /** Whether the same statement with the same values will fail again, because of those values. */
    static boolean refusesContent(Exception failure) {
        return failure instanceof SQLException sql ? REFUSING_CLASSES.contains(sqlClass(sql)) : true;
    }

    /** Whether the connection on which this happened can be used on. */
    static boolean sparesConnection(SQLException failure) {
        return refusesContent(failure) || failure.getSQLState() != null && CONFLICTS.contains(failure.getSQLState());
    }

    private static String sqlClass(SQLException failure) {
        String state = failure.getSQLState();
        return state == null || state.length() < 2 ? "" : state.substring(0, 2);
    }
}
