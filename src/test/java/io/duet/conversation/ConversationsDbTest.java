package io.duet.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.conversation.ConversationQueries.Activity;
import io.duet.message.AppendOutcome.Stored;
import io.duet.message.Draft;
import io.duet.message.MessageLog;
import io.duet.message.StoredMessage;
import io.duet.message.Talk;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConversationsDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static Conversations conversations;
    private static MessageLog log;

    @BeforeAll
    static void open() {
        conversations = node();
        log = new MessageLog(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
    }

    @AfterAll
    static void close() {
        log.close();
        conversations.close();
        DB.close();
    }

    private static Conversations node() {
        return new Conversations(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
    }

    @Test
    void whoeverOpensItThePairHasOneConversation() {
        UUID alice = Talk.person(DB);
        UUID bob = Talk.person(DB);

        var created = (OpenOutcome.Open) conversations.open(alice, bob);
        var found = (OpenOutcome.Open) conversations.open(bob, alice);

        assertThat(created.created()).isTrue();
        assertThat(found.created()).isFalse();
        ConversationView view = created.conversation();
        assertThat(found.conversation().conversationId()).isEqualTo(view.conversationId());
        assertThat(view.peer()).isEqualTo(new ConversationView.Peer(bob, "u" + bob));
        assertThat(found.conversation().peer().userId()).isEqualTo(alice);
        assertThat(view.lastMessage()).isEmpty();
        assertThat(view.lastSequence()).isZero();
        assertThat(view.unreadCount()).isZero();
        assertThat(conversations.participants(view.conversationId())).hasValueSatisfying(pair -> {
            assertThat(pair.peerOf(alice)).isEqualTo(bob);
            assertThat(pair.peerOf(bob)).isEqualTo(alice);
            assertThat(pair.has(UUID.randomUUID())).isFalse();
        });
        assertThat(conversations.head(view.conversationId())).contains(0L);
        assertThat(conversations.peersOf(alice)).containsExactly(bob);
        assertThat(conversations.peersOf(bob)).containsExactly(alice);
        UUID nobody = UUID.randomUUID();
        assertThat(conversations.peersOf(Set.of(alice, bob, nobody)))
                .isEqualTo(Map.of(alice, Set.of(bob), bob, Set.of(alice), nobody, Set.of()));
    }

    @Test
    void oneselfAndNobodyAreRefused() {
        UUID alice = Talk.person(DB);

        assertThat(conversations.open(alice, alice)).isEqualTo(new OpenOutcome.Oneself());
        assertThat(conversations.open(alice, UUID.randomUUID())).isEqualTo(new OpenOutcome.UnknownUser());
        assertThat(conversations.participants(UUID.randomUUID())).isEmpty();
        assertThat(conversations.head(UUID.randomUUID())).isEmpty();
    }

    @Test
    void eightSimultaneousCreationsOnTwoNodesMakeOne() throws Exception {
        int threads = 8;
        var executor = Executors.newFixedThreadPool(threads);
        try (Conversations other = node()) {
            for (int round = 0; round < 20; round++) {
                UUID alice = Talk.person(DB);
                UUID bob = Talk.person(DB);
                var barrier = new CyclicBarrier(threads);
                List<OpenOutcome.Open> outcomes = IntStream.range(0, threads)
                        .mapToObj(i -> CompletableFuture.supplyAsync(
                                () -> {
                                    await(barrier);
                                    Conversations node = i % 2 == 0 ? conversations : other;
                                    return (OpenOutcome.Open)
                                            (i % 4 < 2 ? node.open(alice, bob) : node.open(bob, alice));
                                },
                                executor))
                        .toList()
                        .stream()
                        .map(future -> future.orTimeout(20, TimeUnit.SECONDS).join())
                        .toList();
                assertThat(outcomes.stream().filter(OpenOutcome.Open::created)).hasSize(1);
                assertThat(outcomes.stream().map(o -> o.conversation().conversationId()))
                        .hasSize(threads)
                        .containsOnly(outcomes.get(0).conversation().conversationId());
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aReadMarkMovesForwardOnlyAndNotBeyondTheHead() {
        Talk talk = Talk.in(DB, 1);
        IntStream.range(0, 5).forEach(i -> alice(talk));

        assertThat(read(talk.bob(), talk, 3))
                .isInstanceOfSatisfying(
                        ReadOutcome.Advanced.class,
                        advanced -> assertThat(advanced.lastReadSequence()).isEqualTo(3));
        assertThat(read(talk.bob(), talk, 3)).isEqualTo(new ReadOutcome.Unchanged());
        assertThat(read(talk.bob(), talk, 0)).isEqualTo(new ReadOutcome.Unchanged());
        assertThat(read(talk.bob(), talk, 6)).isEqualTo(new ReadOutcome.BeyondHead());
        assertThat(read(UUID.randomUUID(), talk, 1)).isEqualTo(new ReadOutcome.NotFound());
        assertThat(result(conversations.read(talk.bob(), UUID.randomUUID(), 1))).isEqualTo(new ReadOutcome.NotFound());

        ConversationView bobs = view(talk.bob(), talk);
        assertThat(bobs.myLastReadSequence()).isEqualTo(3);
        assertThat(bobs.unreadCount()).isEqualTo(2);
        ConversationView alices = view(talk.alice(), talk);
        assertThat(alices.peerLastReadSequence()).isEqualTo(3);
        assertThat(alices.unreadCount()).isZero();
    }

    @Test
    void strangersSeeNothing() {
        Talk talk = Talk.in(DB, 1);

        assertThat(conversations.view(Talk.person(DB), talk.conversationId())).isEmpty();
        assertThat(conversations.view(talk.alice(), UUID.randomUUID())).isEmpty();
        assertThat(conversations.list(Talk.person(DB), Optional.empty(), 10)).isEmpty();
    }

    /** Against a count over the whole conversation. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void unreadIsExactAndNeverCountsOnesOwn(long seed) {
        var random = new Random(seed);
        Talk talk = Talk.in(DB, 1);
        List<StoredMessage> all = new ArrayList<>();
        Map<UUID, Long> marks = new HashMap<>(Map.of(talk.alice(), 0L, talk.bob(), 0L));
        for (int step = 0; step < 100; step++) {
            UUID user = random.nextBoolean() ? talk.alice() : talk.bob();
            if (random.nextInt(3) == 0) {
                long mark = random.nextInt(all.size() + 1);
                read(user, talk, mark);
                marks.merge(user, mark, Math::max);
            } else {
                all.add(user.equals(talk.alice()) ? alice(talk) : bob(talk));
            }
            for (UUID viewer : marks.keySet()) {
                ConversationView view = view(viewer, talk);
                assertThat(view.unreadCount())
                        .isEqualTo(all.stream()
                                .filter(m -> !m.senderId().equals(viewer) && m.sequenceNumber() > marks.get(viewer))
                                .count());
                assertThat(view.lastSequence()).isEqualTo(all.size());
                assertThat(view.myLastReadSequence()).isEqualTo(marks.get(viewer));
            }
        }
    }

    @Test
    void theLastMessageShowsItsClientMessageIdToItsSenderOnly() {
        Talk talk = Talk.in(DB, 1);
        StoredMessage message = alice(talk);

        assertThat(view(talk.alice(), talk).lastMessage().orElseThrow().clientMessageId())
                .contains(message.clientMessageId());
        ConversationView bobs = view(talk.bob(), talk);
        assertThat(bobs.lastMessage()).hasValueSatisfying(last -> {
            assertThat(last.messageId()).isEqualTo(message.messageId());
            assertThat(last.content()).isEqualTo(message.content());
            assertThat(last.timestamp()).isEqualTo(message.createdAt());
            assertThat(last.clientMessageId()).isEmpty();
        });
        assertThat(bobs.updatedAt()).isEqualTo(message.createdAt());
    }

    @Test
    void newActivityWhilePagingNeitherRepeatsNorHidesWhatIsQuiet() {
        UUID alice = Talk.person(DB);
        UUID device = Talk.device(DB, alice);
        List<UUID> ids = Stream.generate(() -> Talk.conversation(DB, alice, Talk.person(DB)))
                .limit(23)
                .toList();
        ids.forEach(id -> append(new Draft(id, alice, device, "1", "x")));

        List<UUID> seen = new ArrayList<>();
        Optional<Activity> after = Optional.empty();
        while (true) {
            List<ConversationView> page = conversations.list(alice, after, 5);
            page.forEach(view -> seen.add(view.conversationId()));
            if (page.size() < 5) {
                break;
            }
            ConversationView last = page.get(4);
            after = Optional.of(new Activity(last.updatedAt(), last.conversationId()));
            // Something that was seen long ago comes alive again.
            append(new Draft(seen.get(0), alice, device, "again-" + seen.size(), "x"));
        }

        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(ids);
        assertThat(conversations.list(alice, Optional.empty(), 1).get(0).conversationId())
                .isEqualTo(seen.get(0));
    }

    @Test
    void conversationsOfTheSameMillisecondAreListedOnceEach() {
        UUID alice = Talk.person(DB);
        Set<UUID> ids = new HashSet<>();
        for (int i = 0; i < 9; i++) {
            ids.add(Talk.conversation(DB, alice, Talk.person(DB)));
        }
        DB.execute("UPDATE conversations SET updated_at = '2026-01-01T00:00:00Z' WHERE '" + alice
                + "' IN (participant_1, participant_2)");

        List<UUID> seen = new ArrayList<>();
        Optional<Activity> after = Optional.empty();
        List<ConversationView> page = conversations.list(alice, after, 2);
        while (!page.isEmpty()) {
            page.forEach(view -> seen.add(view.conversationId()));
            ConversationView last = page.get(page.size() - 1);
            page = conversations.list(alice, Optional.of(new Activity(last.updatedAt(), last.conversationId())), 2);
        }

        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(ids);
    }

    private static StoredMessage alice(Talk talk) {
        return append(talk.fromAlice(UUID.randomUUID().toString(), "x"));
    }

    private static StoredMessage bob(Talk talk) {
        return append(talk.fromBob(UUID.randomUUID().toString(), "y"));
    }

    private static StoredMessage append(Draft draft) {
        return ((Stored) log.append(draft)
                        .toCompletableFuture()
                        .orTimeout(20, TimeUnit.SECONDS)
                        .join())
                .message();
    }

    private static ConversationView view(UUID viewer, Talk talk) {
        return conversations.view(viewer, talk.conversationId()).orElseThrow();
    }

    private static ReadOutcome read(UUID user, Talk talk, long sequence) {
        return result(conversations.read(user, talk.conversationId(), sequence));
    }

    private static ReadOutcome result(java.util.concurrent.CompletionStage<ReadOutcome> answer) {
        return answer.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }
}
