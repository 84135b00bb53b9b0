package io.duet.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.platform.TestDatabase;
import io.duet.platform.TestShards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Removal and legal holds in two PostgreSQL clusters. */
class ShardedRetentionDbTest {
    private static final UUID START = new UUID(0, 0);

    private final TestShards shards = TestShards.migrated();
    private final LegalHolds holds = new LegalHolds(shards.database());
    private final UUID admin = admin();
    private final UUID alice = shards.person();
    private final UUID atHome = oldMessageIn(true);
    private final UUID there = oldMessageIn(false);

    @AfterEach
    void close() {
        shards.close();
    }

    /** Known at home only. */
    private UUID admin() {
        UUID id = UUID.randomUUID();
        shards.home().execute("INSERT INTO users (user_id, username) VALUES ('" + id + "', 'admin')");
        return id;
    }

    private UUID oldMessageIn(boolean home) {
        UUID bob = shards.person();
        UUID conversation = shards.conversation(home, alice, bob);
        TestDatabase database = home ? shards.home() : shards.other();
        database.execute("SELECT append_messages(ARRAY[gen_random_uuid()], ARRAY['" + conversation
                + "'::uuid], ARRAY['" + bob + "'::uuid], ARRAY[NULL::uuid], ARRAY['m'], ARRAY['x']);"
                + " UPDATE messages SET created_at = now() - interval '400 days'");
        return conversation;
    }

    private List<UUID> pass() {
        List<UUID> removed = new ArrayList<>();
        for (Database shard : shards.database().shards().list()) {
            holds.bringUpToDate(shard);
            new RetentionPass(
                            new ExpiredMessages(shard, Duration.ofDays(365)),
                            new RetentionTurn(shard, "node"),
                            removal -> removed.add(removal.conversationId()),
                            summary -> {})
                    .run(Duration.ZERO);
        }
        return removed;
    }

    private LegalHold place(Optional<UUID> conversation, Optional<UUID> user) {
        return holds.place(conversation, user, "case", admin).orElseThrow();
    }

    @Test
    void eachDatabaseLosesWhatIsItsOwn() {
        // The other half of a copy
        TestShards.insert(shards.home(), there, alice, shards.person());
        assertThat(pass()).containsExactlyInAnyOrder(atHome, there);
        assertThat(pass()).isEmpty();
    }

    @Test
    void aHoldOnAConversationIsWhereThatIs() {
        LegalHold hold = place(Optional.of(there), Optional.empty());
        assertThat(holds.list(START, 10)).containsExactly(hold);
        assertThat(pass()).containsExactly(atHome);
        assertThat(holds.lift(hold.holdId())).contains(hold);
        assertThat(holds.lift(hold.holdId())).isEmpty();
        assertThat(pass()).containsExactly(there);
        assertThat(holds.place(Optional.of(UUID.randomUUID()), Optional.empty(), "nobody's", admin))
                .isEmpty();
    }

    /** Two databases are the halves of a copy: the home database has the row too, which means nothing there. */
    @Test
    void aHoldIsNotLiftedBeforeTheDatabaseOfItsConversationHasDoneIt() {
        LegalHold hold = place(Optional.of(there), Optional.empty());
        TestShards.insert(shards.home(), there, alice, shards.person());
        shards.home()
                .execute("INSERT INTO legal_holds (hold_id, conversation_id, reason, placed_by) VALUES ('"
                        + hold.holdId() + "', '" + there + "', 'case', '" + admin + "')");
        shards.other().refuse();
        try {
            assertThatThrownBy(() -> holds.lift(hold.holdId())).isInstanceOf(DatabaseException.class);
        } finally {
            shards.other().accept();
        }
        assertThat(holds.list(START, 10)).containsExactly(hold);
        assertThat(holds.lift(hold.holdId())).contains(hold);
        assertThat(holds.lift(hold.holdId())).isEmpty();
    }

    @Test
    void aHoldOnAPersonIsEverywhereAndListedOnce() {
        LegalHold hold = place(Optional.empty(), Optional.of(alice));
        LegalHold another = place(Optional.of(there), Optional.empty());
        assertThat(holds.list(START, 10)).containsExactly(hold, another);
        assertThat(holds.list(START, 1)).containsExactly(hold);
        assertThat(pass()).isEmpty();
        assertThat(holds.lift(hold.holdId())).contains(hold);
        assertThat(pass()).containsExactly(atHome);
        assertThat(holds.place(Optional.empty(), Optional.of(UUID.randomUUID()), "nobody's", admin))
                .isEmpty();
    }

    @Test
    void aHoldIsNotPlacedInPartAndOneThatWasLiftedMeanwhileGoes() {
        LegalHold hold = place(Optional.empty(), Optional.of(alice));
        shards.other().refuse();
        try {
            assertThatThrownBy(() -> place(Optional.empty(), Optional.of(alice)))
                    .isInstanceOf(DatabaseException.class);
            assertThat(holds.lift(hold.holdId())).contains(hold);
        } finally {
            shards.other().accept();
        }
        assertThat(holds.list(START, 10)).isEmpty();
        assertThat(pass()).containsExactly(atHome);
        shards.other().execute("UPDATE legal_holds SET placed_at = now() - interval '2 hours'");
        assertThat(pass()).containsExactly(there);
    }

    /** As after a copy of an empty database, or where a shard was away. */
    @Test
    void aHoldThatADatabaseDoesNotKnowIsThereBeforeAnythingIsRemoved() {
        place(Optional.empty(), Optional.of(alice));
        shards.other().execute("DELETE FROM legal_holds");
        assertThat(pass()).isEmpty();
    }
}
