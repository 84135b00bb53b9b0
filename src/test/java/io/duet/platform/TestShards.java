package io.duet.platform;

import java.util.List;
import java.util.UUID;

/**
 * Two databases on two PostgreSQL clusters, each with half of the buckets: {@code home} and shard {@code 1}.
 *
 * <pre>{@code
 * static final TestShards SHARDS = TestShards.migrated();
 * @AfterAll static void close() { SHARDS.close(); }
 * }</pre>
 */
public final class TestShards implements AutoCloseable {
    private final TestDatabase home = TestDatabase.migrated();
    private final TestDatabase other = TestDatabase.migratedElsewhere();
    private final Database node;

    private TestShards() {
        halve(home);
        node = node();
    }

    public static TestShards migrated() {
        return new TestShards();
    }

    /** As the operator does it. */
    static void halve(TestDatabase home) {
        home.execute("UPDATE shard_buckets SET shard = '1' WHERE bucket % 2 = 1");
    }

    /** The home database as another node has it. */
    public Database node() {
        var database = new Database(home.dataSource(), shard -> other.dataSource(), Thread::new);
        database.migrate();
        return database;
    }

    /** The home database with its shards. */
    public Database database() {
        return node;
    }

    public TestDatabase home() {
        return home;
    }

    /** That of shard 1. */
    public TestDatabase other() {
        return other;
    }

    /** Somebody who is known everywhere. */
    public UUID person() {
        UUID id = UUID.randomUUID();
        home.execute("INSERT INTO users (user_id, username, email) VALUES ('" + id + "', 'u" + id + "', '" + id
                + "@example.org')");
        node.shards().others().forEach(shard -> node.shards().users().copyTo(shard, List.of(id)));
        return id;
    }

    /** A device that every database knows. */
    public UUID device(UUID userId) {
        UUID id = UUID.randomUUID();
        String insert =
                "INSERT INTO devices (device_id, user_id, device_type) VALUES ('" + id + "', '" + userId + "', 'web')";
        home.execute(insert);
        other.execute(insert);
        return id;
    }

    /** A conversation whose bucket is of the home database, or of the other. */
    public UUID conversation(boolean atHome, UUID one, UUID another) {
        UUID id = UUID.randomUUID();
        while ((node.shards().of(id) == node) != atHome) {
            id = UUID.randomUUID();
        }
        insert(atHome ? home : other, id, one, another);
        return id;
    }

    /** A conversation, wherever it belongs. */
    public static void insert(TestDatabase there, UUID id, UUID one, UUID another) {
        there.execute("INSERT INTO conversations (conversation_id, participant_1, participant_2) SELECT '" + id
                + "', least(a, b), greatest(a, b) FROM (VALUES ('" + one + "'::uuid, '" + another
                + "'::uuid)) AS p (a, b); INSERT INTO read_receipts (user_id, conversation_id) VALUES ('" + one + "', '"
                + id + "'), ('" + another + "', '" + id + "')");
    }

    @Override
    public void close() {
        node.close();
        home.close();
        other.close();
    }
}
