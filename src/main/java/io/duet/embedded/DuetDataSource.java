package io.duet.embedded;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Physical connections for the server's pool. With {@code DUET_DB_URL} ({@code jdbc:postgresql://…}), {@code DUET_DB_USER}
 * and {@code DUET_DB_PASSWORD} in the environment they lead to that PostgreSQL (15 or later). Without, the first
 * connection starts an {@link EmbeddedPostgreSql} with its data in {@code DUET_DATA_DIR}, and one that died is started
 * again by the next connection. With {@link #setShard} they lead to another database: {@code DUET_DB_1_URL}, {@code DUET_DB_1_USER} and
 * {@code DUET_DB_1_PASSWORD} for shard 1, which is never an embedded one. Safe for all threads; {@link #getConnection()} blocks, at the first start for seconds.
 */
public final class DuetDataSource implements DataSource {
    /** The system property that says where data goes when {@code DUET_DATA_DIR} is not set. */
    static final String DEFAULT_DATA_DIRECTORY = "io.duet.data.directory";

    private static final int CONNECT_TIMEOUT_S = 5;
    private static final int SOCKET_TIMEOUT_S = 60;
    private static final int LOGIN_TIMEOUT_S = 10;

    /**
     * A pooled connection keeps its prepared statements for hours. With a generic plan from the time when the tables were
     * nearly empty a page of an inbox took 756 ms instead of 1; a fresh plan each time costs a tenth of a millisecond. The
     * functions of the message log, which run far more often, set their own.
     */
    private static final String FRESH_PLANS = "-c plan_cache_mode=force_custom_plan";

    /** A node that stands still in the middle of a transaction must not keep its locks from the others for long. */
    private static final String NO_IDLE_LOCKS = " -c idle_in_transaction_session_timeout=15s";

    private final Map<String, String> environment;
    private volatile String variables = "DUET_DB_";
    private volatile PrintWriter logWriter;

    /** For the server, which knows the class by name only. */
    public DuetDataSource() {
        this(System.getenv());
    }

    DuetDataSource(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** For the server's configuration: connections go to that shard. */
    public void setShard(String shard) {
        variables = "DUET_DB_" + shard.toUpperCase(Locale.ROOT) + "_";
    }

    @Override
    public Connection getConnection() throws SQLException {
        String url = environment.getOrDefault(variables + "URL", "");
        PGSimpleDataSource source;
        if (url.isBlank() && !variables.equals("DUET_DB_")) {
            throw new SQLException(variables + "URL is not set, and shard_buckets names that shard");
        } else if (url.isBlank()) {
            source = EmbeddedPostgreSql.at(dataDirectory()).running(binaries());
        } else {
            source = new PGSimpleDataSource();
            source.setConnectTimeout(CONNECT_TIMEOUT_S);
            source.setLoginTimeout(LOGIN_TIMEOUT_S);
            source.setSocketTimeout(SOCKET_TIMEOUT_S);
            source.setTcpKeepAlive(true);
            source.setUrl(url);
            if (environment.containsKey(variables + "USER")) {
                source.setUser(environment.get(variables + "USER"));
            }
            if (environment.containsKey(variables + "PASSWORD")) {
                source.setPassword(environment.get(variables + "PASSWORD"));
            }
        }
        source.setApplicationName("duet");
        if (source.getOptions() == null) {
            source.setOptions(FRESH_PLANS + NO_IDLE_LOCKS);
        }
        return source.getConnection();
    }

    private Path dataDirectory() {
        String configured = environment.getOrDefault("DUET_DATA_DIR", "");
        return Path.of(configured.isBlank() ? System.getProperty(DEFAULT_DATA_DIRECTORY, "data") : configured)
                .toAbsolutePath()
                .normalize();
    }

    private Optional<Path> binaries() {
        String configured = environment.getOrDefault("DUET_POSTGRESQL_BINARIES", "");
        return configured.isBlank()
                ? Optional.empty()
                : Optional.of(Path.of(configured).toAbsolutePath());
    }

    /** Users come from the environment: only without one here, as a pool may ask that was given none. */
    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        if (username == null) {
            return getConnection();
        }
        throw new SQLFeatureNotSupportedException("The user is configured by DUET_DB_USER");
    }

    @Override
    public PrintWriter getLogWriter() {
        return logWriter;
    }

    @Override
    public void setLogWriter(PrintWriter out) {
        logWriter = out;
    }

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return LOGIN_TIMEOUT_S;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger(DuetDataSource.class.getPackageName());
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new SQLException("Not a wrapper for " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }
}
