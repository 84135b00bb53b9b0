package io.duet.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.platform.Shards;
import io.duet.platform.TestShards;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What an export reads of two PostgreSQL clusters; how it is written is the same as with one. */
class ShardedExportsDbTest {
    private static final TestShards SHARDS = TestShards.migrated();
    private static final ExportQueries QUERIES = new ExportQueries(SHARDS.database());

    @AfterAll
    static void close() {
        SHARDS.close();
    }

    @Test
    void theConversationsOfAUserAreInTheOrderOfTheirIdsWhereverTheyAre() {
        UUID alice = SHARDS.person();
        List<UUID> all = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            all.add(SHARDS.conversation(i % 2 == 0, alice, SHARDS.person()));
        }
        all.sort(Shards.ID_ORDER);
        List<UUID> read = new ArrayList<>(QUERIES.conversationsOf(alice, new UUID(0, 0), 4));
        while (read.size() < all.size()) {
            List<UUID> page = QUERIES.conversationsOf(alice, read.get(read.size() - 1), 4);
            read.addAll(page.subList(1, page.size()));
        }
        assertThat(read).isEqualTo(all);
    }

    @Test
    void aConversationHasItsMessagesStatusesAndTodaysNames() {
        for (boolean atHome : List.of(true, false)) {
            UUID alice = SHARDS.person();
            UUID bob = SHARDS.person();
            UUID phone = SHARDS.device(bob);
            UUID conversation = SHARDS.conversation(atHome, alice, bob);
            UUID message = UUID.randomUUID();
            (atHome ? SHARDS.home() : SHARDS.other())
                    .execute("SELECT append_messages(ARRAY['" + message + "'::uuid], ARRAY['" + conversation
                            + "'::uuid], ARRAY['" + alice + "'::uuid], ARRAY[NULL::uuid], ARRAY['m'], ARRAY['x'])");
            assertThat(QUERIES.conversation(conversation)).get().satisfies(found -> {
                assertThat(found.lastSequence()).isEqualTo(1);
                assertThat(found.participants())
                        .extracting(ExportLine.Participant::username)
                        .containsExactlyInAnyOrder("u" + alice, "u" + bob);
            });
            assertThat(QUERIES.statuses(conversation, List.of(message)).get(message))
                    .extracting(ExportLine.DeviceStatus::deviceId)
                    .containsExactly(phone);
            assertThat(QUERIES.hasUser(bob)).isTrue();
        }
    }
}
