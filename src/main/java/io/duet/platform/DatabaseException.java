package io.duet.platform;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Optional;
import org.hibernate.exception.ConstraintViolationException;

/** The database refused or could not be reached. The message is for operators: it may name tables, never content. */
public final class DatabaseException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String sqlState;
    private final boolean unavailable;
    private final String constraint;

    DatabaseException(Throwable cause) {
        super(cause);
        SQLException sql = find(cause, SQLException.class).orElse(null);
        sqlState = sql == null || sql.getSQLState() == null ? "" : sql.getSQLState();
        unavailable = sql == null || sql instanceof SQLTransientException || isUnavailable(sqlState);
        constraint = find(cause, ConstraintViolationException.class)
                .map(ConstraintViolationException::getConstraintName)
                .orElse(null);
    }

    /** The SQLSTATE of PostgreSQL (five characters), or an empty string when there was none. */
    public String sqlState() {
        return sqlState;
    }

    /** True when the same call may succeed later: no connection, server starting or stopping, or out of resources. */
    public boolean unavailable() {
        return unavailable;
    }

    /** The violated constraint, when this came out of {@link Database#inTransaction} and was a violation. */
    public Optional<String> constraint() {
        return Optional.ofNullable(constraint);
    }

    private static boolean isUnavailable(String sqlState) {
        return sqlState.isEmpty()
                || sqlState.startsWith("08") // connection
                || sqlState.startsWith("53") // resources
                || sqlState.startsWith("57") // operator intervention, among it shutdown and query_canceled
                || sqlState.startsWith("58") // system error
                || sqlState.equals("25006"); // read-only: a standby
    }

    static <T extends Throwable> Optional<T> find(Throwable start, Class<T> type) {
        Throwable cause = start;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (type.isInstance(cause)) {
                return Optional.of(type.cast(cause));
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }
}
