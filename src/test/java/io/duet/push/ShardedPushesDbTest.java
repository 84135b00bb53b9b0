package io.duet.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.config.DuetConfig.PushContent;
import io.duet.platform.DatabaseException;
import io.duet.platform.TestDatabase;
import io.duet.platform.TestShards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is to be pushed stands where the conversation is, in either of two PostgreSQL clusters. */
class ShardedPushesDbTest {
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final TestShards shards = TestShards.migrated();
    private final PushTable table = new PushTable(shards.database());
    private final Occasions occasions = new Occasions(shards.database(), PushContent.NONE);
    private final UUID bob = shards.person();
    private final UUID phone = shards.device(bob);
    private final List<UUID> senders = new ArrayList<>();
    private final List<Due> due = new ArrayList<>();

    @BeforeEach
    void aMessageInEach() {
        for (boolean atHome : List.of(true, false)) {
            TestDatabase database = atHome ? shards.home() : shards.other();
            UUID sender = shards.person();
            UUID conversation = shards.conversation(atHome, bob, sender);
            database.execute("UPDATE devices SET push_token = 'test:1' WHERE device_id = '" + phone + "';"
                    + " SELECT append_messages(ARRAY[gen_random_uuid()], ARRAY['" + conversation + "'::uuid], ARRAY['"
                    + sender + "'::uuid], ARRAY[NULL::uuid], ARRAY['m'], ARRAY['x'])");
            senders.add(sender);
            due.add(new Due(phone, conversation));
        }
    }

    @AfterEach
    void close() {
        shards.close();
    }

    private List<String> told() {
        return occasions.read(table.take(10, LEASE)).stream()
                .map(occasion -> {
                    table.told(occasion.lease(), 1);
                    return ((Occasion.Tell) occasion).arrival().sender();
                })
                .toList();
    }

    @Test
    void whatWasNotedIsToldByTodaysNames() {
        assertThat(table.note(due)).isEqualTo(2);
        assertThat(told()).containsExactlyInAnyOrder("u" + senders.get(0), "u" + senders.get(1));
        assertThat(table.take(10, LEASE)).isEmpty();
        assertThat(table.noteRead(List.of(new ReadOn(bob, due.get(0).conversationId()))))
                .isEqualTo(1);
        assertThat(table.take(10, LEASE)).hasSize(1);
    }

    @Test
    void aSweepFindsBothAndPassesOverWhatBelongsToAnother() {
        TestShards.insert(shards.home(), due.get(1).conversationId(), bob, senders.get(1));
        shards.home()
                .execute("INSERT INTO pushes (device_id, conversation_id, due_at) VALUES ('" + phone + "', '"
                        + due.get(1).conversationId() + "', now())");
        assertThat(table.sweep(Optional.empty(), Duration.ZERO, DAY)).isEqualTo(2);
        assertThat(told()).containsExactlyInAnyOrder("u" + senders.get(0), "u" + senders.get(1));
    }

    @Test
    void oneThatIsAwayHoldsUpOnlyItsOwn() {
        assertThat(table.note(due)).isEqualTo(2);
        shards.other().refuse();
        try {
            assertThat(told()).containsExactly("u" + senders.get(0));
            assertThatThrownBy(() -> table.note(due)).isInstanceOf(DatabaseException.class);
            assertThatThrownBy(() -> table.sweep(Optional.empty(), Duration.ZERO, DAY))
                    .isInstanceOf(DatabaseException.class);
            table.forget(phone);
        } finally {
            shards.other().accept();
        }
        assertThat(told()).containsExactly("u" + senders.get(1));
    }
}
