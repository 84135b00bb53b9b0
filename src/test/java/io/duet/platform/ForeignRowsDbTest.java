package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a copy leaves of the other's in each of two databases, and how it goes. */
class ForeignRowsDbTest {
    private static final String REMOVE = "CALL remove_foreign_conversations(2)";
    private static final List<String> BY_CONVERSATION = List.of(
            "conversations",
            "read_receipts",
            "messages",
            "message_status",
            "removed_messages",
            "pushes",
            "legal_holds");

    private final TestShards shards = TestShards.migrated();
    private final UUID alice = shards.person();
    private final UUID phone = shards.device(alice);
    private final List<UUID> atHome = inBoth(true);
    private final List<UUID> there = inBoth(false);

    @AfterEach
    void close() {
        shards.close();
    }

    private List<UUID> inBoth(boolean home) {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            UUID bob = shards.person();
            UUID id = shards.conversation(home, alice, bob);
            TestShards.insert(home ? shards.other() : shards.home(), id, alice, bob);
            for (TestDatabase database : List.of(shards.home(), shards.other())) {
                fill(database, id, bob);
            }
            ids.add(id);
        }
        return ids;
    }

    private void fill(TestDatabase database, UUID id, UUID bob) {
        String three = " FROM generate_series(1, 3) AS n";
        database.execute("INSERT INTO messages (message_id, conversation_id, sender_id, client_message_id, content,"
                + " sequence_number) SELECT gen_random_uuid(), '" + id + "', '" + bob + "', n, 'x', n" + three
                + "; INSERT INTO message_status (message_id, device_id, conversation_id, sequence_number) SELECT"
                + " message_id, '" + phone
                + "', conversation_id, sequence_number FROM messages WHERE conversation_id = '"
                + id + "'; INSERT INTO removed_messages SELECT '" + id
                + "', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), n, now()" + three
                + "; INSERT INTO pushes (device_id, conversation_id) VALUES ('" + phone + "', '" + id
                + "'); INSERT INTO legal_holds (hold_id, conversation_id, reason, placed_by) VALUES"
                + " (gen_random_uuid(), '" + id + "', 'case', '" + alice + "')");
    }

    private static void index(TestDatabase database) {
        database.execute(
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS clean_read_receipts ON read_receipts (conversation_id)");
        database.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS clean_pushes ON pushes (conversation_id)");
    }

    private static List<String> in(TestDatabase database, String table, List<UUID> conversations) {
        return database.database().query(connection -> {
            try (var statement = connection.prepareStatement(
                    "SELECT conversation_id FROM " + table + " WHERE conversation_id = ANY (?) ORDER BY 1")) {
                statement.setArray(1, connection.createArrayOf("uuid", conversations.toArray()));
                List<String> found = new ArrayList<>();
                var row = statement.executeQuery();
                while (row.next()) {
                    found.add(row.getString(1));
                }
                return found;
            }
        });
    }

    @Test
    void nothingOfTheOthersStaysAndAllOfItsOwn() {
        for (TestDatabase database : List.of(shards.home(), shards.other())) {
            List<UUID> own = database == shards.home() ? atHome : there;
            List<UUID> foreign = database == shards.home() ? there : atHome;
            List<List<String>> before = BY_CONVERSATION.stream()
                    .map(table -> in(database, table, own))
                    .toList();
            assertThat(before).noneMatch(List::isEmpty);
            index(database);
            database.execute(REMOVE);
            for (String table : BY_CONVERSATION) {
                assertThat(in(database, table, foreign)).as(table).isEmpty();
            }
            assertThat(BY_CONVERSATION.stream().map(table -> in(database, table, own)))
                    .isEqualTo(before);
            database.execute(REMOVE);
        }
    }

    /** A table that refers to conversations and that the procedure does not know would stop it in the middle. */
    @Test
    void everyTableWithConversationsIsKnown() {
        List<String> tables = shards.home().database().query(connection -> {
            var row = connection
                    .createStatement()
                    .executeQuery(
                            "SELECT table_name FROM information_schema.columns WHERE column_name = 'conversation_id'"
                                    + " AND table_schema = 'public'");
            List<String> names = new ArrayList<>();
            while (row.next()) {
                names.add(row.getString(1));
            }
            return names;
        });
        assertThat(tables).containsExactlyInAnyOrderElementsOf(BY_CONVERSATION);
    }

    @Test
    void withoutTheIndexesItDoesNotBegin() {
        assertThatThrownBy(() -> shards.home().execute(REMOVE)).hasMessageContaining("read_receipts, pushes");
        shards.home().execute("CREATE INDEX ON read_receipts (conversation_id)");
        assertThatThrownBy(() -> shards.home().execute(REMOVE)).hasMessageContaining("first on: pushes");
        assertThat(in(shards.home(), "messages", there)).hasSize(15);
    }

    /** Somebody who registers a device holds a row for a moment, and an operator stops waiting. */
    @Test
    void whatWasBrokenOffIsBegunAgain() {
        index(shards.home());
        shards.home().database().transact(connection -> {
            connection
                    .createStatement()
                    .executeQuery("SELECT 1 FROM conversations WHERE conversation_id = '"
                            + there.stream().max(Shards.ID_ORDER).orElseThrow() + "' FOR SHARE");
            assertThatThrownBy(this::removeForASecond).isInstanceOf(DatabaseException.class);
            return true;
        });
        assertThat(in(shards.home(), "conversations", there)).isNotEmpty();
        shards.home().execute(REMOVE);
        assertThat(in(shards.home(), "conversations", there)).isEmpty();
        assertThat(in(shards.home(), "conversations", atHome)).hasSize(5);
    }

    private void removeForASecond() {
        shards.home().database().query(connection -> {
            try (var statement = connection.createStatement()) {
                statement.setQueryTimeout(1);
                return statement.execute(REMOVE);
            }
        });
    }

    @Test
    void whatBelongsAtHomeGoesFromAShardOnly() {
        String key = "INSERT INTO signing_keys (key_id, secret) VALUES ('k', '\\x00')";
        for (TestDatabase database : List.of(shards.home(), shards.other())) {
            database.execute(key);
        }
        shards.other().execute("CALL remove_home_data()");
        assertThatThrownBy(() -> shards.home().execute("CALL remove_home_data()"))
                .hasMessageContaining("not a shard");
        assertThat(keys(shards.other())).isZero();
        assertThat(keys(shards.home())).isEqualTo(1);
        try (TestDatabase alone = TestDatabase.migrated()) {
            assertThatThrownBy(() -> alone.execute("CALL remove_home_data()")).hasMessageContaining("not a shard");
        }
        shards.node().close(); // both still are what they were
    }

    private static long keys(TestDatabase database) {
        return database.database().query(connection -> {
            var row = connection.createStatement().executeQuery("SELECT count(*) FROM signing_keys");
            row.next();
            return row.getLong(1);
        });
    }
}
