package io.duet.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.config.DuetConfig;
import io.duet.conversation.ConversationQueries.Activity;
import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.platform.TestShards;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Conversations in two PostgreSQL clusters. */
class ShardedConversationsDbTest {
    private static final TestShards SHARDS = TestShards.migrated();
    private static final Database OTHER_NODE = SHARDS.node();
    private static final Conversations CONVERSATIONS = conversations(SHARDS.database());

    private static Conversations conversations(Database node) {
        return new Conversations(node, DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
    }

    @AfterAll
    static void close() {
        CONVERSATIONS.close();
        OTHER_NODE.close();
        SHARDS.close();
    }

    /** Known at home only, as after a registration. */
    private static UUID person(String name) {
        UUID id = UUID.randomUUID();
        SHARDS.home()
                .execute("INSERT INTO users (user_id, username, email) VALUES ('" + id + "', '" + name + id + "', '"
                        + id + "@example.org')");
        return id;
    }

    private static ConversationView open(UUID one, UUID other) {
        return ((OpenOutcome.Open) CONVERSATIONS.open(one, other)).conversation();
    }

    @Test
    void manyWhoOpenTheSameOnTwoNodesGetOneConversation() throws Exception {
        Conversations there = conversations(OTHER_NODE);
        List<List<UUID>> pairs = Stream.generate(() -> List.of(person("a"), person("b")))
                .limit(20)
                .toList();
        var threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<OpenOutcome>>> asking = IntStream.range(0, 8)
                    .mapToObj(i -> threads.submit(() -> {
                        List<OpenOutcome> outcomes = new ArrayList<>();
                        for (List<UUID> pair : pairs) {
                            Conversations node = i % 2 == 0 ? CONVERSATIONS : there;
                            outcomes.add(node.open(pair.get(i / 2 % 2), pair.get(1 - i / 2 % 2)));
                        }
                        return outcomes;
                    }))
                    .toList();
            Set<UUID> ids = new HashSet<>();
            int created = 0;
            for (Future<List<OpenOutcome>> asked : asking) {
                for (OpenOutcome outcome : asked.get()) {
                    var open = (OpenOutcome.Open) outcome;
                    ids.add(open.conversation().conversationId());
                    created += open.created() ? 1 : 0;
                }
            }
            assertThat(ids).hasSize(pairs.size());
            assertThat(created).isEqualTo(pairs.size());
            assertThat(ids.stream().map(SHARDS.database().shards()::of).distinct())
                    .hasSize(2);
        } finally {
            threads.shutdownNow();
            there.close();
        }
    }

    @Test
    void aListIsOneListWithTodaysNamesHoweverManyDatabasesItIsIn() {
        UUID anna = person("anna");
        List<ConversationView> opened = new ArrayList<>();
        for (int i = 0; i < 18; i++) {
            opened.add(0, open(anna, person("p")));
        }
        assertThat(opened.stream()
                        .map(view -> SHARDS.database().shards().of(view.conversationId()))
                        .distinct())
                .hasSize(2);
        UUID renamed = opened.get(3).peer().userId();
        SHARDS.home().execute("UPDATE users SET username = 'renamed' WHERE user_id = '" + renamed + "'");

        List<ConversationView> listed = new ArrayList<>();
        Optional<Activity> after = Optional.empty();
        List<ConversationView> page;
        do {
            page = CONVERSATIONS.list(anna, after, 5);
            listed.addAll(page);
            ConversationView last = page.get(page.size() - 1);
            after = Optional.of(new Activity(last.updatedAt(), last.conversationId()));
        } while (page.size() == 5);
        assertThat(listed)
                .extracting(ConversationView::conversationId)
                .containsExactlyElementsOf(
                        opened.stream().map(ConversationView::conversationId).toList());
        assertThat(listed.get(3).peer().username()).isEqualTo("renamed");
        assertThat(listed).extracting(view -> view.peer().username()).noneMatch(name -> name.startsWith(":"));
        assertThat(CONVERSATIONS.view(anna, opened.get(3).conversationId()))
                .get()
                .extracting(view -> view.peer().username())
                .isEqualTo("renamed");
        assertThat(CONVERSATIONS.peersOf(anna))
                .containsExactlyInAnyOrderElementsOf(
                        opened.stream().map(view -> view.peer().userId()).toList());
        assertThat(CONVERSATIONS.participants(opened.get(0).conversationId()))
                .get()
                .matches(pair -> pair.has(anna));
    }

    /** From the time of one database: its id has nothing to do with the pair. */
    @Test
    void anOlderConversationIsFoundWhereverItIs() {
        for (boolean atHome : List.of(true, false)) {
            UUID one = SHARDS.person();
            UUID other = SHARDS.person();
            UUID id = SHARDS.conversation(atHome, one, other);
            // The other half of a copy has it too
            TestShards.insert(atHome ? SHARDS.other() : SHARDS.home(), id, one, other);
            var open = (OpenOutcome.Open) CONVERSATIONS.open(other, one);
            assertThat(open.created()).isFalse();
            assertThat(open.conversation().conversationId()).isEqualTo(id);
            assertThat(CONVERSATIONS.list(one, Optional.empty(), 10)).hasSize(1);
        }
    }

    @Test
    void unreadMessagesAreAddedUp() {
        UUID anna = person("anna");
        Set<Database> places = new HashSet<>();
        while (places.size() < 2) {
            ConversationView view = open(anna, person("p"));
            Database place = SHARDS.database().shards().of(view.conversationId());
            String sent = "UPDATE conversations SET last_sequence = 3, sent_by_1 = CASE participant_1 WHEN '" + anna
                    + "' THEN 1 ELSE 2 END, sent_by_2 = CASE participant_1 WHEN '" + anna
                    + "' THEN 2 ELSE 1 END WHERE conversation_id = '" + view.conversationId() + "'";
            boolean atHome = place == SHARDS.database();
            if (places.add(place)) {
                (atHome ? SHARDS.home() : SHARDS.other()).execute(sent);
            }
        }
        assertThat(CONVERSATIONS.unreadOf(List.of(anna))).containsEntry(anna, 4L);
    }

    @Test
    void nobodyTalksToSomebodyWhoDoesNotExist() {
        assertThat(CONVERSATIONS.open(person("a"), UUID.randomUUID())).isInstanceOf(OpenOutcome.UnknownUser.class);
        UUID anna = person("a");
        assertThat(CONVERSATIONS.open(anna, anna)).isInstanceOf(OpenOutcome.Oneself.class);
    }

    @Test
    void readMarksGoWhereTheConversationIs() {
        for (boolean atHome : List.of(true, false)) {
            UUID one = SHARDS.person();
            UUID id = SHARDS.conversation(atHome, one, SHARDS.person());
            (atHome ? SHARDS.home() : SHARDS.other())
                    .execute("UPDATE conversations SET last_sequence = 1, sent_by_1 = 1 WHERE conversation_id = '" + id
                            + "'");
            assertThat(CONVERSATIONS.read(one, id, 1).toCompletableFuture().join())
                    .isInstanceOf(ReadOutcome.Advanced.class);
            assertThat(CONVERSATIONS.read(one, id, 2).toCompletableFuture().join())
                    .isInstanceOf(ReadOutcome.BeyondHead.class);
            assertThat(CONVERSATIONS.head(id)).contains(1L);
        }
    }

    @Test
    void aKnownConversationIsOpenedAndPeersAreKnownInPartWhileAnotherDatabaseIsAway() {
        UUID one = SHARDS.person();
        ConversationView atHome = open(one, person("p"));
        while (SHARDS.database().shards().of(atHome.conversationId()) != SHARDS.database()) {
            atHome = open(one, person("p"));
        }
        UUID peer = atHome.peer().userId();
        SHARDS.other().refuse();
        try {
            assertThat(open(peer, one).conversationId()).isEqualTo(atHome.conversationId());
            assertThat(CONVERSATIONS.peersOf(one)).contains(peer);
            assertThatThrownBy(() -> CONVERSATIONS.list(one, Optional.empty(), 10))
                    .isInstanceOf(DatabaseException.class);
        } finally {
            SHARDS.other().accept();
        }
    }
}
