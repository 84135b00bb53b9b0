package io.duet.platform;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A database of its own for a test class, on the one real PostgreSQL of this JVM (durable as in production: fsync on).
 * Migrated ones are copied from a template, which takes a tenth of a second.
 *
 * <pre>{@code
 * static final TestDatabase DB = TestDatabase.migrated();
 * @AfterAll static void close() { DB.close(); }
 * }</pre>
 */
public final class TestDatabase implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Server server;
    private final String name;
    private final HikariDataSource pool;
    private final Database database;

    private TestDatabase(Server server, String name) {
        this.server = server;
        this.name = name;
        var config = new HikariConfig();
        config.setDataSource(server.dataSource(name));
        config.setMaximumPoolSize(16);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(server.connectionTimeout.toMillis());
        pool = new HikariDataSource(config);
        database = new Database(pool, TestDatabase::daemon);
    }

    /** A database with the whole schema and no rows; {@link #database()} is ready for use. */
    public static TestDatabase migrated() {
        return migrated(Server.FIRST);
    }

    private static TestDatabase migrated(Server server) {
        var result = new TestDatabase(server, server.create(server.template()));
        result.database.migrate();
        return result;
    }

    /** The same on another PostgreSQL, a cluster of its own. */
    static TestDatabase migratedElsewhere() {
        return migrated(Server.SECOND);
    }

    /** A database without anything in it, not even the schema. */
    public static TestDatabase empty() {
        return new TestDatabase(Server.FIRST, Server.FIRST.create("template0"));
    }

    public Database database() {
        return database;
    }

    /** A pool of 16 connections. */
    public DataSource dataSource() {
        return pool;
    }

    /** For a server or tool that connects by itself, as user {@code postgres} without a password. */
    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + server.postgres().getPort() + "/" + name;
    }

    /** From now on this database ends every connection and takes none. */
    public void refuse() {
        server.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
        pool.getHikariPoolMXBean().softEvictConnections();
    }

    /** It takes connections again, and its pool has one. */
    public void accept() {
        server.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
            execute("SELECT 1");
            return true;
        });
    }

    /** Runs statements, separated by semicolons. */
    public void execute(String sql) {
        database.query(connection -> {
            try (var statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    /** Closes the pool and drops the database. */
    @Override
    public void close() {
        database.close();
        pool.close();
        server.execute("DROP DATABASE " + name + " WITH (FORCE)");
    }

    private static Thread daemon(Runnable task) {
        var thread = new Thread(task, "test-database-probe");
        thread.setDaemon(true);
        return thread;
    }

    /** The PostgreSQL of this JVM, and another one: started at first use, stopped and removed at exit. */
    private enum Server {
        FIRST(Duration.ofSeconds(5)),
        /** Tests take it away, and need not wait for long until that is noticed. */
        SECOND(Duration.ofSeconds(1));

        private final Duration connectionTimeout;
        private EmbeddedPostgres postgres;
        private String template;

        Server(Duration connectionTimeout) {
            this.connectionTimeout = connectionTimeout;
        }

        synchronized EmbeddedPostgres postgres() {
            if (postgres == null) {
                postgres = start();
            }
            return postgres;
        }

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setPort(FreePorts.one())
                        .setServerConfig("fsync", "on")
                        .setServerConfig("synchronous_commit", "on")
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        .setServerConfig("max_connections", "200")
                        .setServerConfig("jit", "off")
                        .setPGStartupWait(Duration.ofSeconds(60))
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        synchronized String template() {
            if (template == null) {
                String fresh = create("template0");
                var database = new Database(dataSource(fresh), TestDatabase::daemon);
                database.migrate();
                database.close();
                template = fresh;
            }
            return template;
        }

        synchronized String create(String source) {
            String fresh = "duet_" + COUNT.incrementAndGet();
            execute("CREATE DATABASE " + fresh + " TEMPLATE " + source);
            return fresh;
        }

        DataSource dataSource(String name) {
            var source = new PGSimpleDataSource();
            source.setServerNames(new String[] {"127.0.0.1"});
            source.setPortNumbers(new int[] {postgres().getPort()});
            source.setUser("postgres");
            source.setDatabaseName(name);
            source.setOptions("-c plan_cache_mode=force_custom_plan"); // as in production
            return source;
        }

        void execute(String sql) {
            try (var connection = dataSource("postgres").getConnection();
                    var statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new IllegalStateException(sql, e);
            }
        }
    }
}
