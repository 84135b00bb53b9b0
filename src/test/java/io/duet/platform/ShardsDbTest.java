package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.DriverManager;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ShardsDbTest {
    private static final TestShards SHARDS = TestShards.migrated();

    private final Shards shards = SHARDS.database().shards();

    @AfterAll
    static void close() {
        SHARDS.close();
    }

    @Test
    void oneDatabaseHasEverything() {
        try (TestDatabase one = TestDatabase.migrated()) {
            Shards alone = one.database().shards();
            assertThat(alone.several()).isFalse();
            assertThat(alone.of(UUID.randomUUID())).isSameAs(one.database());
            assertThat(alone.list()).containsExactly(one.database());
            assertThat(one.database().own("conversation_id")).isEmpty();
        }
    }

    @Test
    void sqlAndJavaAgreeOnTheBucketAndOnWhoOwnsIt() {
        Stream.generate(UUID::randomUUID).limit(500).forEach(id -> {
            int bucket = Shards.bucket(id);
            assertThat(ask(SHARDS.database(), "SELECT shard_bucket('" + id + "')"))
                    .isEqualTo(Integer.toString(bucket));
            assertThat(shards.of(id).name()).isEqualTo(bucket % 2 == 0 ? "home" : "1");
            for (Database shard : shards.list()) {
                assertThat(ask(
                                shard,
                                "SELECT count(*) FROM (SELECT '" + id + "'::uuid AS id) c WHERE true"
                                        + shard.own("id")))
                        .isEqualTo(shard == shards.of(id) ? "1" : "0");
            }
        });
    }

    @Test
    void allAreAskedAndMergedInOrder() {
        assertThat(shards.all(Database::name)).containsExactly("home", "1");
        assertThat(shards.allOthers(Database::name)).containsExactly("1");
        assertThat(Shards.merge(List.of(List.of(1, 4, 5), List.of(2, 3)), Comparator.naturalOrder(), 4))
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    void oneThatHangsIsWaitedForUntilTheDeadlineAndTheOthersAnswerAreKept() {
        var impatient = new Shards(SHARDS.home().database(), Duration.ofMillis(300));
        Database other = SHARDS.other().database();
        ShardLayout layout = ShardLayout.read(SHARDS.home().database(), name -> other);
        impatient.become(layout, Thread::new);
        assertThat(impatient.reachable(shard -> shard == other ? ask(shard, "SELECT pg_sleep(3600)") : "here"))
                .containsExactly("here");
        assertThatThrownBy(() -> impatient.all(shard -> shard == other ? ask(shard, "SELECT pg_sleep(3600)") : "here"))
                .isInstanceOfSatisfying(
                        DatabaseException.class,
                        e -> assertThat(e.unavailable()).isTrue());
        impatient.close();
        SHARDS.other().refuse(); // ends what hangs
        SHARDS.other().accept();
    }

    /** Without that each hint and each page of an inbox would take as long as the first. */
    @Test
    void oneThatStandsStillIsNotWaitedForAgainUntilItAnswers() {
        var impatient = new Shards(SHARDS.home().database(), Duration.ofMillis(300));
        Database other = SHARDS.other().database();
        impatient.become(ShardLayout.read(SHARDS.home().database(), name -> other), Thread::new);
        Function<Database, String> hanging = shard -> shard == other ? ask(shard, "SELECT pg_sleep(3600)") : "here";
        try {
            for (int i = 0; i < 2; i++) {
                assertThat(impatient.reachable(hanging)).containsExactly("here");
            }
            long begun = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                assertThat(impatient.reachable(hanging)).containsExactly("here");
                assertThatThrownBy(() -> impatient.all(hanging)).isInstanceOf(DatabaseException.class);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        } finally {
            SHARDS.other().refuse(); // ends what hangs
            SHARDS.other().accept();
        }
        await().ignoreExceptions()
                .until(() -> impatient.reachable(shard -> ask(shard, "SELECT 1")), List.of("1", "1")::equals);
        impatient.close();
    }

    @Test
    void whatBlocksOnOneOfSeveralTakesNoThreadOfAll() {
        UUID conversation = UUID.randomUUID();
        Executor usual = Runnable::run;
        Thread here = Thread.currentThread();
        assertThat(shards.ask(conversation, usual, Thread::currentThread).join())
                .isNotSameAs(here);
        try (TestDatabase one = TestDatabase.migrated()) {
            assertThat(one.database()
                            .shards()
                            .ask(conversation, usual, Thread::currentThread)
                            .join())
                    .isSameAs(here);
        }
    }

    @Test
    void oneThatRefusesConnectionsFailsWhatNeedsAll() {
        SHARDS.other().refuse();
        try {
            assertThatThrownBy(() -> shards.all(shard -> ask(shard, "SELECT 1")))
                    .isInstanceOfSatisfying(
                            DatabaseException.class,
                            e -> assertThat(e.unavailable()).isTrue());
            assertThat(shards.reachable(shard -> ask(shard, "SELECT 1"))).containsExactly("1");
        } finally {
            SHARDS.other().accept();
        }
        assertThat(shards.all(shard -> ask(shard, "SELECT 1"))).containsExactly("1", "1");
    }

    @Test
    void whatIsWrongWithOneQuestionIsNotHidden() {
        assertThatThrownBy(() -> shards.reachable(shard -> {
                    throw new IllegalArgumentException("wrong");
                }))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aWrongDatabaseBehindADataSourceKeepsANodeFromStarting() {
        assertThatThrownBy(() -> start(SHARDS.home().dataSource(), SHARDS.home().dataSource()))
                .hasMessageContaining("The database of shard 1 is that of shard home");
        assertThatThrownBy(
                        () -> start(SHARDS.other().dataSource(), SHARDS.home().dataSource()))
                .hasMessageContaining("database of shard 1, not to the home database");
        try (TestDatabase another = TestDatabase.migrated()) {
            another.execute("UPDATE cluster_identity SET cluster_id = gen_random_uuid()");
            TestShards.halve(another);
            assertThatThrownBy(() -> start(another.dataSource(), SHARDS.other().dataSource()))
                    .hasMessageContaining("of another installation");
        }
        assertThatThrownBy(() -> new Database(SHARDS.home().dataSource(), Thread::new).migrate())
                .hasMessageContaining("There is no data source for shard 1");
    }

    private static void start(DataSource home, DataSource other) {
        new Database(home, shard -> other, Thread::new).migrate();
    }

    @Test
    void bucketsStayWhereTheyAreWhileANodeRuns() throws Exception {
        String move = "UPDATE shard_buckets SET shard = 'home' WHERE bucket = 1";
        try (TestDatabase one = TestDatabase.migrated()) {
            try (var node = DriverManager.getConnection(one.jdbcUrl() + "?user=postgres&ApplicationName=duet")) {
                assertThat(node.isValid(10)).isTrue();
                assertThatThrownBy(() -> one.execute(move)).hasMessageContaining("Stop all nodes");
            }
            await().ignoreExceptions().until(() -> {
                one.execute(move);
                return true;
            });
        }
    }

    private static String ask(Database database, String sql) {
        return database.query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(sql)) {
                row.next();
                return row.getString(1);
            }
        });
    }
}
