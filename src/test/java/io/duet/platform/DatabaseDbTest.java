package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class DatabaseDbTest {
    private static final TestDatabase DB = TestDatabase.empty();

    @AfterAll
    static void close() {
        DB.close();
    }

    @Test
    void migratesAnEmptyDatabaseAndThenAnExistingOne() {
        DB.database().migrate();
        DB.database().migrate();
        boolean history = DB.database().query(connection -> {
            try (var rows = connection
                    .createStatement()
                    .executeQuery("SELECT count(*) > 0 AND bool_and(success) FROM flyway_schema_history")) {
                rows.next();
                return rows.getBoolean(1);
            }
        });
        assertThat(history).isTrue();
    }

    /** A rolling upgrade, and the way back from it: {@code docs/liberty.md} and {@code docs/wildfly.md}. */
    @Test
    void startsOnTablesOfANewerVersionButNotOnAnotherHistory() {
        try (var database = TestDatabase.migrated()) {
            database.execute("""
                    ALTER TABLE users ADD COLUMN of_the_next_version text;
                    INSERT INTO flyway_schema_history
                    SELECT installed_rank + 1, '9999', 'next', type, 'V9999__next.sql', 1, installed_by, now(), 1, true
                    FROM flyway_schema_history ORDER BY installed_rank DESC LIMIT 1
                    """);
            database.database().migrate();
            database.execute("UPDATE flyway_schema_history SET checksum = checksum + 1 WHERE version = '2'");
            assertThatThrownBy(() -> database.database().migrate()).hasMessageContaining("checksum");
        }
    }

    @Test
    void rollsBackWhatThrows() {
        DB.database().migrate();
        DB.execute("CREATE TABLE roll_back (id int PRIMARY KEY)");
        assertThatThrownBy(() -> DB.database().inTransaction(entityManager -> {
                    entityManager
                            .createNativeQuery("INSERT INTO roll_back VALUES (1)")
                            .executeUpdate();
                    throw new IllegalStateException("no");
                }))
                .isInstanceOf(IllegalStateException.class);
        long rows = DB.database()
                .inTransaction(entityManager -> ((Number) entityManager
                                .createNativeQuery("SELECT count(*) FROM roll_back")
                                .getSingleResult())
                        .longValue());
        assertThat(rows).isZero();
    }

    @Test
    void tellsAViolatedConstraint() {
        DB.database().migrate();
        DB.execute(
                "CREATE TABLE violated (id int CONSTRAINT violated_key PRIMARY KEY); INSERT INTO violated VALUES (1)");
        assertThatThrownBy(() -> DB.database()
                        .inTransaction(entityManager -> entityManager
                                .createNativeQuery("INSERT INTO violated VALUES (1)")
                                .executeUpdate()))
                .isInstanceOfSatisfying(DatabaseException.class, e -> {
                    assertThat(e.sqlState()).isEqualTo("23505");
                    assertThat(e.unavailable()).isFalse();
                    assertThat(e.constraint()).contains("violated_key");
                });
    }

    @Test
    void isUsable() {
        assertThat(DB.database().usable(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void isNotUsableWhenNobodyListens() throws Exception {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        var database = new Database(at(port), Thread::new);
        assertThat(database.usable(Duration.ofSeconds(10))).isFalse();
        assertThatThrownBy(() -> database.query(connection -> 1))
                .isInstanceOfSatisfying(
                        DatabaseException.class,
                        e -> assertThat(e.unavailable()).isTrue());
    }

    /** A listener that accepts and then says nothing, as a host that has lost its network does. */
    @Test
    void answersWithinItsDeadlineWhenTheDatabaseHangs() throws Exception {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var database = new Database(at(silent.getLocalPort()), DatabaseDbTest::daemon);
            long start = System.nanoTime();
            assertThat(database.usable(Duration.ofMillis(300))).isFalse();
            assertThat(database.usable(Duration.ofMillis(300))).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(600), Duration.ofSeconds(5));
        }
    }

    private static DataSource at(int port) {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setConnectTimeout(30);
        return source;
    }

    private static Thread daemon(Runnable task) {
        var thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }
}
