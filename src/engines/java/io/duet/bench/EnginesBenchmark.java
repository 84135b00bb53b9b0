package io.duet.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.duet.platform.Database;
import io.duet.platform.TestDatabase;
import io.duet.platform.TestShards;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * The function that stores messages and the page of a history, through plain shards and through ShardingSphere-JDBC, on the same two
 * PostgreSQL and the same pools, in turn. Then what becomes of a statement that the latter cannot place.
 *
 * <pre>./mvnw -q -Pengines test</pre>
 *
 * <p>Optional arguments ({@code -Dengines="3 5"}): seconds a measurement (3), rounds (5).
 */
public final class EnginesBenchmark {
    private static final int CONVERSATIONS = 200;
    private static final int THREADS = 4;
    private static final int PAGE = 50;
    private static final int BATCH = 64;
    private static final String TEXT = "x".repeat(100);

    private final TestShards shards;
    private final Map<String, DataSource> pools;
    private final List<Engine> engines;
    private final List<Side> sides = new ArrayList<>();
    private final Duration time;

    private record Side(UUID conversationId, UUID sender, UUID device) {}

    /**
     * What a thread has.
     *
     * @param held as a writer holds it
     * @param arrays of PostgreSQL itself, since ShardingSphere's connections make no arrays
     */
    private record Hands(Engine engine, List<Side> some, Random random, Connection held, Connection arrays) {
        Side any() {
            return some.get(random.nextInt(some.size()));
        }
    }

    /** Does something once and says how many of whatever is counted. */
    private interface Work {
        int once(Hands hands) throws SQLException;
    }

    private EnginesBenchmark(TestShards shards, Duration time) throws SQLException {
        this.shards = shards;
        this.time = time;
        pools = Map.of("home", pool(shards.home()), "1", pool(shards.other()));
        engines = List.of(
                new PlainShards(shards.database().shards(), pools), ShardingSphere.before(pools));
        for (int i = 0; i < CONVERSATIONS; i++) {
            UUID sender = shards.person();
            UUID recipient = shards.person();
            shards.device(recipient);
            sides.add(new Side(shards.conversation(i % 2 == 0, sender, recipient), sender, shards.device(sender)));
        }
    }

    /** As the tests have it, but with a URL, by which ShardingSphere finds out what it is before. */
    private static DataSource pool(TestDatabase database) {
        var config = new HikariConfig();
        config.setJdbcUrl(database.jdbcUrl() + "?user=postgres&options=-c%20plan_cache_mode=force_custom_plan");
        config.setMaximumPoolSize(16);
        return new HikariDataSource(config);
    }

    public static void main(String[] arguments) throws Exception {
        int[] values = {3, 5};
        String[] given = String.join(" ", arguments).strip().split(" +");
        for (int i = 0; i < given.length && !given[i].isEmpty(); i++) {
            values[i] = Integer.parseInt(given[i]);
        }
        try (TestShards shards = TestShards.migrated()) {
            var benchmark = new EnginesBenchmark(shards, Duration.ofSeconds(values[0]));
            benchmark.compare("messages stored in batches of " + BATCH, values[1], EnginesBenchmark::appendMany);
            benchmark.compare("messages stored one by one", values[1], EnginesBenchmark::appendOne);
            benchmark.compare("pages of " + PAGE + " read by conversation", values[1], EnginesBenchmark::readPage);
            benchmark.refuseAnythingOutOfPlace();
            benchmark.showWhatIsBroadcast();
        }
        System.exit(0);
    }

    private void compare(String what, int rounds, Work work) throws Exception {
        List<List<Double>> rates = List.of(new ArrayList<>(), new ArrayList<>());
        for (int round = 0; round <= rounds; round++) {
            for (int i = 0; i < engines.size(); i++) {
                int turn = round % 2 == 0 ? i : engines.size() - 1 - i;
                double rate = rate(engines.get(turn), work, round == 0 ? time.dividedBy(2) : time);
                if (round > 0) { // the first one warms up
                    rates.get(turn).add(rate);
                }
            }
        }
        List<Double> ratios = IntStream.range(0, rounds)
                .mapToObj(round -> rates.get(1).get(round) / rates.get(0).get(round))
                .toList();
        System.out.printf(
                "%-34s %s %,.0f/s, %s %,.0f/s, ratio %.2f (%.2f to %.2f in %d rounds)%n",
                what,
                engines.get(0).name(),
                median(rates.get(0)),
                engines.get(1).name(),
                median(rates.get(1)),
                median(ratios),
                Collections.min(ratios),
                Collections.max(ratios),
                rounds);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /** By threads that each keep to one database, as writers do. */
    private double rate(Engine engine, Work work, Duration lasts) throws Exception {
        var threads = Executors.newFixedThreadPool(THREADS);
        long began = System.nanoTime();
        try {
            List<Future<Long>> counts = IntStream.range(0, THREADS)
                    .mapToObj(thread -> threads.submit(() -> {
                        List<Side> mine = IntStream.range(0, CONVERSATIONS)
                                .filter(i -> i % THREADS == thread)
                                .mapToObj(sides::get)
                                .toList();
                        return count(engine, work, mine, began + lasts.toNanos());
                    }))
                    .toList();
            long all = 0;
            for (Future<Long> count : counts) {
                all += count.get();
            }
            return all / ((System.nanoTime() - began) / 1e9);
        } finally {
            threads.shutdownNow();
        }
    }

    private long count(Engine engine, Work work, List<Side> mine, long end) throws SQLException {
        long count = 0;
        try (Connection held = engine.connect(mine.get(0).conversationId());
                Connection arrays = pools.get("home").getConnection()) {
            var hands = new Hands(engine, mine, new Random(1), held, arrays);
            while (System.nanoTime() < end) {
                count += work.once(hands);
            }
        }
        return count;
    }

    private static int appendMany(Hands hands) throws SQLException {
        return append(hands, Stream.generate(hands::any).limit(BATCH).toList());
    }

    private static int appendOne(Hands hands) throws SQLException {
        return append(hands, List.of(hands.any()));
    }

    private static final String APPEND = "SELECT * FROM append_messages(?, ?, ?, ?, ?, ?)";

    private static int append(Hands hands, List<Side> batch) throws SQLException {
        int size = batch.size();
        Connection arrays = hands.arrays();
        Object[] clientIds = Arrays.stream(ids(size)).map(UUID::toString).toArray();
        try (Engine.Choice chosen = hands.engine().choose(batch.get(0).conversationId());
                var statement = hands.held().prepareStatement(APPEND)) {
            statement.setArray(1, arrays.createArrayOf("uuid", ids(size)));
            statement.setArray(2, arrays.createArrayOf("uuid", each(batch, Side::conversationId)));
            statement.setArray(3, arrays.createArrayOf("uuid", each(batch, Side::sender)));
            statement.setArray(4, arrays.createArrayOf("uuid", each(batch, Side::device)));
            statement.setArray(5, arrays.createArrayOf("text", clientIds));
            statement.setArray(6, arrays.createArrayOf("text", Collections.nCopies(size, TEXT).toArray()));
            return rows(statement, size);
        }
    }

    private static Object[] each(List<Side> batch, Function<Side, UUID> id) {
        return batch.stream().map(id).toArray();
    }

    private static UUID[] ids(int size) {
        return IntStream.range(0, size).mapToObj(i -> UUID.randomUUID()).toArray(UUID[]::new);
    }

    private static final String READ = """
            SELECT m.message_id, m.conversation_id, m.sender_id, m.client_message_id, m.content, m.sequence_number, m.created_at
              FROM messages m WHERE m.conversation_id = ? AND m.sequence_number < ?
             ORDER BY m.sequence_number DESC LIMIT ?""";

    /** On a connection of its own, as each read has. */
    private static int readPage(Hands hands) throws SQLException {
        UUID conversationId = hands.any().conversationId();
        try (Connection connection = hands.engine().connect(conversationId);
                var statement = connection.prepareStatement(READ)) {
            statement.setObject(1, conversationId);
            statement.setLong(2, PAGE + 1 + hands.random().nextInt(PAGE));
            statement.setInt(3, PAGE);
            rows(statement, PAGE);
            return 1;
        }
    }

    private static int rows(PreparedStatement statement, int expected) throws SQLException {
        try (var row = statement.executeQuery()) {
            int rows = 0;
            while (row.next()) {
                row.getObject(2);
                rows++;
            }
            if (rows != expected) {
                throw new IllegalStateException(rows + " rows instead of " + expected);
            }
            return rows;
        }
    }

    private void refuseAnythingOutOfPlace() {
        for (TestDatabase database : List.of(shards.home(), shards.other())) {
            long foreign = ask(
                    database.database(),
                    "SELECT count(*) FROM messages, shard_identity WHERE get_bit(buckets, shard_bucket(conversation_id)) = 0");
            if (foreign > 0) {
                throw new IllegalStateException(foreign + " messages in the wrong database");
            }
        }
    }

    private static final String BROADCAST = """
            INSERT INTO messages (message_id, conversation_id, sender_id, client_message_id, content, sequence_number)
            SELECT * FROM unnest(?, ?, ?, ?, ?, ?)""";

    /** The statement by which a batch would be stored without a function. Both databases have the conversation, as the halves of a copy do. */
    private void showWhatIsBroadcast() throws SQLException {
        UUID sender = shards.person();
        UUID recipient = shards.person();
        UUID id = shards.conversation(true, sender, recipient);
        TestShards.insert(shards.other(), id, sender, recipient);
        Engine engine = engines.get(1);
        try (Connection arrays = pools.get("home").getConnection();
                Connection connection = engine.connect(id);
                var statement = connection.prepareStatement(BROADCAST)) {
            statement.setArray(1, arrays.createArrayOf("uuid", ids(1)));
            statement.setArray(2, arrays.createArrayOf("uuid", new UUID[] {id}));
            statement.setArray(3, arrays.createArrayOf("uuid", new UUID[] {sender}));
            statement.setArray(4, arrays.createArrayOf("text", new String[] {"one"}));
            statement.setArray(5, arrays.createArrayOf("text", new String[] {TEXT}));
            statement.setArray(6, arrays.createArrayOf("bigint", new Long[] {1L}));
            int reported = statement.executeUpdate();
            String stored = "SELECT count(*) FROM messages WHERE conversation_id = '" + id + "'";
            System.out.printf(
                    "INSERT … SELECT … FROM unnest(…) of one message of a conversation of the home database, without a hint: %d rows reported,"
                            + " %d in home, %d in shard 1%n",
                    reported,
                    ask(shards.home().database(), stored),
                    ask(shards.other().database(), stored));
        }
    }

    private static long ask(Database database, String sql) {
        return database.query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        });
    }
}
