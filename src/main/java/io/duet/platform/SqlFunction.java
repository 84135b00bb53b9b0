package io.duet.platform;

import java.sql.SQLException;

/** A piece of work with JDBC: whatever it takes, what it gives, and the checked exception it may throw. */
@FunctionalInterface
public interface SqlFunction<T, R> {
    R apply(T argument) throws SQLException;
}
