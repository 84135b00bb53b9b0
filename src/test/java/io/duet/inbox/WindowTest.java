package io.duet.inbox;

import static io.duet.inbox.Messages.message;
import static io.duet.inbox.Messages.messages;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.message.Position;
import io.duet.message.StoredMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class WindowTest {
    private static final int ENTRIES = 256;
    private static final int BYTES = 262_144;
    private static final UUID LOW = new UUID(1, 1);
    private static final UUID HIGH = new UUID(-1, 1);

    private final Holder holder = new Holder("a", new UUID(7, 1), 1);
    private final Holder other = new Holder("b", new UUID(7, 2), 2);

    private Window complete(List<StoredMessage> messages) {
        Window fresh = Window.heldBy(holder);
        return fresh.refill(holder, fresh.version(), 3, messages, ENTRIES, BYTES);
    }

    @Test
    void aFreshWindowIsIncompleteAndKeepsNothing() {
        Window window = Window.heldBy(holder).append(messages(LOW, 1, 3), ENTRIES, BYTES);
        assertThat(window.completeIn(0)).isFalse();
        assertThat(window.entries()).isEmpty();
        assertThat(window.bytes()).isZero();
    }

    @Test
    void pagesFollowPostgresOrderOfConversations() {
        var all = new ArrayList<>(messages(HIGH, 1, 3));
        all.addAll(messages(LOW, 9, 11));
        Collections.shuffle(all, new Random(1));
        Window window = complete(List.of()).append(all, ENTRIES, BYTES);

        assertThat(window.page(Position.START, 4))
                .containsExactly(message(LOW, 9), message(LOW, 10), message(LOW, 11), message(HIGH, 1));
        assertThat(window.page(new Position(HIGH, 1), 9)).containsExactly(message(HIGH, 2), message(HIGH, 3));
        assertThat(window.page(new Position(HIGH, 3), 9)).isEmpty();
    }

    @Test
    void anotherViewMakesItIncomplete() {
        Window window = complete(List.of());
        assertThat(window.completeIn(3)).isTrue();
        assertThat(window.completeIn(4)).isFalse();
        assertThat(window.completeIn(2)).isFalse();
    }

    @Test
    void everyChangeSpoilsARefillThatBeganBeforeIt() {
        Window before = Window.heldBy(holder);
        for (Window changed : List.of(
                before.append(messages(LOW, 1, 1), ENTRIES, BYTES),
                before.append(List.of(), ENTRIES, BYTES),
                before.acknowledge(List.of(new Acknowledged.UpTo(LOW, 1))),
                before.claim(other),
                before.inherit(holder),
                before.distrust())) {
            assertThat(changed.refill(holder, before.version(), 3, List.of(), ENTRIES, BYTES))
                    .isSameAs(changed);
        }
    }

    @Test
    void theSameMessageTwiceCountsOnce() {
        Window once = complete(messages(LOW, 1, 2));
        Window twice = once.append(messages(LOW, 1, 2), ENTRIES, BYTES);
        assertThat(twice.entries()).isEqualTo(once.entries());
        assertThat(twice.bytes()).isEqualTo(once.bytes());
    }

    @Test
    void entriesAndBytesAreBounded() {
        assertThat(complete(List.of())
                        .append(messages(LOW, 1, ENTRIES), ENTRIES, BYTES)
                        .complete())
                .isTrue();
        Window tooMany = complete(List.of()).append(messages(LOW, 1, ENTRIES + 1), ENTRIES, BYTES);
        assertThat(tooMany.complete()).isFalse();
        assertThat(tooMany.entries()).isEmpty();

        Window tooLarge = complete(List.of())
                .append(List.of(message(LOW, 1, "x".repeat(10_000)), message(LOW, 2)), ENTRIES, 10_300);
        assertThat(tooLarge.complete()).isFalse();
        assertThat(tooLarge.bytes()).isZero();

        Window fresh = Window.heldBy(holder);
        assertThat(fresh.refill(holder, fresh.version(), 3, messages(LOW, 1, ENTRIES + 1), ENTRIES, BYTES))
                .as("what does not fit does not make it complete")
                .isSameAs(fresh);
    }

    @Test
    void aMessageAcknowledgedBeforeItsAppendArrivesDoesNotComeBack() {
        Window window = complete(List.of())
                .acknowledge(List.of(
                        new Acknowledged.UpTo(LOW, 2),
                        new Acknowledged.Message(message(HIGH, 1).messageId())));
        var late = new ArrayList<>(messages(LOW, 1, 3));
        late.addAll(messages(HIGH, 1, 2));
        assertThat(window.append(late, ENTRIES, BYTES).page(Position.START, 9))
                .containsExactly(message(LOW, 3), message(HIGH, 2));
    }

    @Test
    void rememberedAcknowledgementsAreBounded() {
        Window window = complete(List.of());
        for (int i = 0; i < 1_000; i++) {
            window = window.acknowledge(
                    List.of(new Acknowledged.UpTo(LOW, i), new Acknowledged.Message(UUID.randomUUID())));
        }
        assertThat(window.recent()).hasSize(16).contains(new Acknowledged.UpTo(LOW, 999));
        assertThat(window.recent().stream().filter(Acknowledged.UpTo.class::isInstance))
                .as("one mark a conversation")
                .hasSize(1);
    }

    @Test
    void acknowledgingBelowZeroOrAboveEverythingIsHarmless() {
        Window window = complete(messages(LOW, 1, 2));
        assertThat(window.acknowledge(List.of(new Acknowledged.UpTo(LOW, -1))).entries())
                .hasSize(2);
        assertThat(window.acknowledge(List.of(new Acknowledged.UpTo(LOW, Long.MAX_VALUE)))
                        .entries())
                .isEmpty();
        assertThat(window.acknowledge(List.of(new Acknowledged.UpTo(HIGH, 9))).entries())
                .hasSize(2);
    }

    @Test
    void theNewerConnectionHoldsInWhateverOrderTheyCome() {
        Window window = complete(messages(LOW, 1, 3)).claim(other);
        assertThat(window.holder()).isEqualTo(other);
        assertThat(window.displaced()).isEqualTo(holder);
        assertThat(window.claim(other)).as("a claim repeated").isSameAs(window);
        assertThat(window.claim(holder)).as("a claim that came late").isSameAs(window);
        assertThat(window.inherit(holder).holder()).isEqualTo(holder);
    }

    @Test
    void aNewHolderTrustsNothingThatWasThere() {
        Window window = complete(messages(LOW, 1, 3)).claim(other);
        assertThat(window.complete()).isFalse();
        assertThat(window.entries()).isEmpty();
    }

    @Test
    void aRefillForAFormerHolderIsPassedOver() {
        Window fresh = Window.heldBy(other);
        assertThat(fresh.refill(holder, fresh.version(), 3, List.of(), ENTRIES, BYTES))
                .isSameAs(fresh);
    }

    @Test
    void travelsToAnotherOwnerWhole() {
        Window window = complete(messages(LOW, 1, 3))
                .acknowledge(List.of(new Acknowledged.UpTo(LOW, 1), new Acknowledged.Message(new UUID(3, 3))));
        var adapter = new WindowAdapter();
        assertThat(adapter.create(
                        adapter.getHolder(window),
                        adapter.getDisplaced(window),
                        adapter.getVersion(window),
                        adapter.isComplete(window),
                        adapter.getEpoch(window),
                        adapter.getMessages(window),
                        adapter.getAcknowledgedUpTo(window),
                        adapter.getAcknowledgedMessages(window)))
                .isEqualTo(window);
    }

    @Test
    void agreesWithAPlainModelOverManyRandomChanges() {
        var random = new Random(42);
        List<UUID> conversations = List.of(LOW, HIGH, new UUID(Long.MIN_VALUE, 0));
        Window window = complete(List.of());
        var model = new TreeMap<Position, StoredMessage>();
        Set<StoredMessage> acknowledged = new HashSet<>();
        for (int step = 0; step < 5_000; step++) {
            UUID conversation = conversations.get(random.nextInt(conversations.size()));
            StoredMessage message = message(conversation, step + 1);
            if (random.nextInt(3) > 0) {
                window = window.append(List.of(message), 10_000, 10_000_000);
                model.put(Position.of(message), message);
            } else if (random.nextBoolean()) {
                long upTo = Math.max(0, step - random.nextInt(50));
                window = window.acknowledge(List.of(new Acknowledged.UpTo(conversation, upTo)));
                model.values()
                        .removeIf(kept -> kept.conversationId().equals(conversation)
                                && kept.sequenceNumber() <= upTo
                                && acknowledged.add(kept));
            } else if (!model.isEmpty()) {
                StoredMessage any = List.copyOf(model.values()).get(random.nextInt(model.size()));
                window = window.acknowledge(List.of(new Acknowledged.Message(any.messageId())));
                model.remove(Position.of(any));
            }
            assertThat(window.entries().size()).isEqualTo(model.size());
        }
        assertThat(List.copyOf(window.entries().values())).isEqualTo(List.copyOf(model.values()));
        assertThat(window.bytes())
                .isEqualTo(complete(List.of())
                        .append(List.copyOf(model.values()), 10_000, 10_000_000)
                        .bytes());
    }
}
