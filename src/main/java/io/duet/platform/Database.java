package io.duet.platform;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.EntityTransaction;
import jakarta.persistence.Persistence;
import jakarta.persistence.PersistenceException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.AvailableSettings;

/**
 * PostgreSQL, the truth of Duet; where that is several databases ({@link Shards}), one of them. The one that is injected is the
 * home database. Hands out transactions over entities ({@link #inTransaction}) and plain connections
 * ({@link #query}, {@link #dataSource}), both from the server's pool: a call waits for a free connection at most as long
 * as the pool is configured to (5 s by default) and then throws.
 *
 * <p>Safe for all threads, but every method here blocks: never call one on an event thread of the container or of the
 * cluster. {@link #migrate} must have returned before {@link #inTransaction} is used; {@link Startup} sees to that.
 */
@Singleton
public final class Database {
    private static final String MIGRATIONS = "classpath:db/migration";
    private static final String PERSISTENCE_UNIT = "duet";
    private static final int PROBE_QUERY_TIMEOUT_S = 5;

    private final DataSource dataSource;
    private final ThreadFactory threads;
    private final String name;
    private final ShardSources sources;
    private final Shards shards = new Shards(this);
    private final AtomicReference<FutureTask<Boolean>> runningProbe = new AtomicReference<>();
    private volatile EntityManagerFactory entityManagerFactory;
    private volatile String ownBuckets = "";

    /** @param threads for the single probe of {@link #usable} that may run at a time, and those of {@link Shards} */
    @Inject
    Database(DataSource dataSource, ShardSources sources, ThreadFactory threads) {
        this(dataSource, ShardLayout.HOME, sources, threads);
    }

    /** The only one there is. */
    public Database(DataSource dataSource, ThreadFactory threads) {
        this(dataSource, ShardLayout.HOME, Database::noSource, threads);
    }

    private Database(DataSource dataSource, String name, ShardSources sources, ThreadFactory threads) {
        this.dataSource = dataSource;
        this.name = name;
        this.sources = sources;
        this.threads = threads;
    }

    private static DataSource noSource(String shard) {
        throw new IllegalStateException("There is no data source for shard " + shard);
    }

    /** Of this, the home database: all databases among which conversations are divided. */
    public Shards shards() {
        return shards;
    }

    /** {@code home}, or that of the shard. */
    public String name() {
        return name;
    }

    /**
     * What a statement that looks for anything but one conversation adds to its conditions, so that it passes over conversations
     * that belong to another database: {@code AND …}; empty where there is one database.
     *
     * @param conversationId the column
     */
    public String own(String conversationId) {
        // Not "= 1", of which the planner would expect next to nothing
        return ownBuckets.isEmpty()
                ? ""
                : " AND get_bit('\\x" + ownBuckets + "'::bytea, shard_bucket(" + conversationId + ")) > 0";
    }

    void ownOnly(byte[] buckets) {
        ownBuckets = HexFormat.of().formatHex(buckets);
    }

    /** Connections in autocommit mode; close each one. */
    public DataSource dataSource() {
        return dataSource;
    }

    /**
     * Runs the work in one transaction and commits it. Anything thrown rolls it back and comes out as it was, except
     * that failures of the database come out as {@link DatabaseException}.
     */
    public <T> T inTransaction(Function<EntityManager, T> work) {
        EntityManagerFactory factory = entityManagerFactory;
        if (factory == null) {
            throw new IllegalStateException("The database has not been migrated yet");
        }
        try (EntityManager entityManager = factory.createEntityManager()) {
            EntityTransaction transaction = entityManager.getTransaction();
            transaction.begin();
            try {
                T result = work.apply(entityManager);
                transaction.commit();
                return result;
            } catch (Throwable failure) {
                rollBack(transaction, failure);
                throw failure;
            }
        } catch (PersistenceException e) {
            throw new DatabaseException(e);
        }
    }

    private static void rollBack(EntityTransaction transaction, Throwable failure) {
        try {
            if (transaction.isActive()) {
                transaction.rollback();
            }
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Runs the work on one connection in autocommit mode: each statement is a transaction of its own.
     *
     * @throws DatabaseException for every {@link SQLException}
     */
    public <T> T query(SqlFunction<Connection, T> work) {
        try (Connection connection = dataSource.getConnection()) {
            return work.apply(connection);
        } catch (SQLException e) {
            throw new DatabaseException(e);
        }
    }

    /**
     * Runs the work on one plain connection in one transaction, and commits it only if its result is still wanted then. The commit is a
     * step of its own: work whose answer never came, because the database stood still or the connection broke, is rolled back
     * however late the database gets to it.
     *
     * @return empty when the result was not wanted any more and nothing has changed
     * @throws DatabaseException for every {@link SQLException}; then it may be unknown whether it was committed, if the commit itself failed
     */
    public <T> Optional<T> inTransactionIf(SqlFunction<Connection, T> work, Predicate<T> wanted) {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                final T result = work.apply(connection);
                if (wanted.test(result)) {
                    connection.commit();
                    return Optional.of(result);
                }
                return Optional.empty();
            } finally {
                // What was committed has nothing left to roll back; the pool takes back only what has no transaction
                connection.rollback();
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new DatabaseException(e);
        }
    }

    /**
     * Runs the work on one plain connection in one transaction, and commits it. Its result is never null; anything thrown rolls it back.
     *
     * @throws DatabaseException for every {@link SQLException}
     */
    public <T> T transact(SqlFunction<Connection, T> work) {
        return inTransactionIf(work, result -> true).orElseThrow();
    }

    /**
     * Brings the schema up to date by the migrations in {@code db/migration} and checks every entity against it. On
     * several nodes at once one migrates and the others wait for it. A second call on this object checks again. Where there are
     * several databases, the same for each of them, all of which must be reachable.
     *
     * @throws RuntimeException if a migration fails, an entity does not fit, or a database is not the one that it should be; Duet
     *     must not start then
     */
    public void migrate() {
        migrateThisOne();
        if (shards.several()) {
            shards.others().forEach(Database::migrateThisOne);
            return;
        }
        ShardLayout layout = ShardLayout.read(this, this::open);
        if (!layout.others().isEmpty()) {
            shards.become(layout, threads);
        }
    }

    private Database open(String shard) {
        var database = new Database(sources.of(shard), shard, Database::noSource, threads);
        database.migrateThisOne();
        return database;
    }

    private void migrateThisOne() {
        Flyway.configure(Database.class.getClassLoader())
                .dataSource(dataSource)
                .locations(MIGRATIONS)
                .failOnMissingLocations(true)
                .validateMigrationNaming(true)
                .load()
                .migrate();
        EntityManagerFactory factory = Persistence.createEntityManagerFactory(
                PERSISTENCE_UNIT, Map.of(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, dataSource));
        try {
            factory.unwrap(SessionFactory.class).getSchemaManager().validateMappedObjects();
        } catch (RuntimeException e) {
            factory.close();
            throw e;
        }
        EntityManagerFactory previous = entityManagerFactory;
        entityManagerFactory = factory;
        if (previous != null) {
            previous.close();
        }
    }

    /**
     * Whether a statement reaches PostgreSQL and comes back, and PostgreSQL accepts writes. Answers within the deadline
     * whatever the database does: at most one probe runs at a time, and those who ask meanwhile wait for that one.
     */
    public boolean usable(Duration deadline) {
        FutureTask<Boolean> probe = probe();
        try {
            return probe.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private FutureTask<Boolean> probe() {
        while (true) {
            FutureTask<Boolean> running = runningProbe.get();
            if (running != null && !running.isDone()) {
                return running;
            }
            var next = new FutureTask<>(this::acceptsWrites);
            if (runningProbe.compareAndSet(running, next)) {
                threads.newThread(next).start();
                return next;
            }
        }
    }

    private boolean acceptsWrites() throws SQLException {
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.setQueryTimeout(PROBE_QUERY_TIMEOUT_S);
            try (var row = statement.executeQuery("SELECT NOT pg_is_in_recovery()")) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** Closes the entity manager factories; the pools are the server's. */
    @PreDestroy
    public void close() {
        shards.others().forEach(Database::close);
        shards.close();
        EntityManagerFactory factory = entityManagerFactory;
        if (factory != null) {
            factory.close();
        }
    }
}
