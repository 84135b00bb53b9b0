package io.duet.platform;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * The server's pool, counted: how many connections are lent, how long one is waited for, and how often none was to be had.
 * Every server counts its pool in a way of its own; this one is the same on all. Safe for all threads.
 */
final class MeteredDataSource implements DataSource {
    private final DataSource pool;
    private final AtomicInteger lent;
    private final Timer wait;
    private final Counter failures;

    private MeteredDataSource(DataSource pool, AtomicInteger lent, Timer wait, Counter failures) {
        this.pool = pool;
        this.lent = lent;
        this.wait = wait;
        this.failures = failures;
    }

    MeteredDataSource(DataSource pool, MeterRegistry meters) {
        this.pool = pool;
        this.lent = new AtomicInteger();
        this.wait = Histograms.seconds(meters, "duet.pool.wait", "Time until a connection to PostgreSQL was lent");
        this.failures = Counter.builder("duet.pool.failures")
                .description("Connections to PostgreSQL that were asked for and not to be had")
                .register(meters);
        Gauge.builder("duet.pool.connections.in.use", lent, AtomicInteger::get)
                .description("Connections to PostgreSQL that are lent")
                .strongReference(true)
                .register(meters);
    }

    /** Another pool, counted together with this one. */
    MeteredDataSource with(DataSource otherPool) {
        return new MeteredDataSource(otherPool, lent, wait, failures);
    }

    @Override
    public Connection getConnection() throws SQLException {
        return lend(pool::getConnection);
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return lend(() -> pool.getConnection(username, password));
    }

    @FunctionalInterface
    private interface Source {
        Connection get() throws SQLException;
    }

    private Connection lend(Source source) throws SQLException {
        final long start = System.nanoTime();
        try {
            final Connection connection = source.get();
            wait.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
            return counted(connection);
        } catch (SQLException | RuntimeException e) {
            failures.increment();
            throw e;
        }
    }

    private Connection counted(Connection connection) {
        lent.incrementAndGet();
        final AtomicBoolean returned = new AtomicBoolean();
        return (Connection) Proxy.newProxyInstance(
                MeteredDataSource.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("close") && returned.compareAndSet(false, true)) {
                        lent.decrementAndGet();
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return pool.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        pool.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        pool.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return pool.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return pool.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(pool) ? type.cast(pool) : pool.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(pool) || pool.isWrapperFor(type);
    }
}
