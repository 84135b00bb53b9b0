package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.message.Owed;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MessageStreamTest {
    private static final int WINDOW = 4;
    private static final UUID A = new UUID(1, 1);
    private static final UUID B = new UUID(2, 2);

    private final Truth truth = new Truth();
    private final List<String> out = new ArrayList<>();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final MessageStream stream = new MessageStream(
            truth, WINDOW, new StreamMetrics(meters), message -> out.add(name(message)), () -> out.add("caught up"));

    /** An inbox whose every read is answered when the test says so. */
    private static final class Truth implements MessageStream.Source {
        private final List<StoredMessage> pending = new ArrayList<>();
        private final Map<UUID, Long> heads = new HashMap<>();
        private final Deque<Runnable> reads = new ArrayDeque<>();
        private final List<Runnable> retries = new ArrayList<>();
        private boolean failing;

        @Override
        public CompletionStage<List<StoredMessage>> pending(Position after, int limit) {
            return read(() -> pending.stream()
                    .filter(message -> Position.of(message).compareTo(after) > 0)
                    .sorted(Comparator.comparing(Position::of))
                    .limit(limit)
                    .toList());
        }

        @Override
        public CompletionStage<Owed> owed(UUID conversation, long after, int limit) {
            return read(() -> new Owed(
                    pending.stream()
                            .filter(message -> message.conversationId().equals(conversation))
                            .filter(message -> message.sequenceNumber() > after)
                            .sorted(Comparator.comparing(Position::of))
                            .limit(limit)
                            .toList(),
                    heads.getOrDefault(conversation, 0L)));
        }

        private <T> CompletionStage<T> read(Supplier<T> query) {
            final CompletableFuture<T> answer = new CompletableFuture<>();
            reads.add(() -> {
                if (failing) {
                    answer.completeExceptionally(new IllegalStateException("down"));
                } else {
                    answer.complete(query.get());
                }
            });
            return answer;
        }

        @Override
        public void retryLater(Runnable again) {
            retries.add(again);
        }

        void answerAll() {
            while (!reads.isEmpty()) {
                reads.poll().run();
            }
        }
    }

    private static StoredMessage message(UUID conversation, long sequence) {
        return new StoredMessage(
                new UUID(conversation.getMostSignificantBits(), 1000 + sequence),
                conversation,
                new UUID(9, 9),
                "id-" + sequence,
                "text",
                sequence,
                Instant.EPOCH);
    }

    private static String name(StoredMessage message) {
        return (message.conversationId().equals(A) ? "A" : "B") + message.sequenceNumber();
    }

    private void stored(UUID conversation, long... sequences) {
        LongStream.of(sequences).forEach(sequence -> {
            truth.pending.add(message(conversation, sequence));
            truth.heads.merge(conversation, sequence, Math::max);
        });
    }

    private void acknowledgedElsewhere(UUID conversation, long upTo) {
        truth.pending.removeIf(
                message -> message.conversationId().equals(conversation) && message.sequenceNumber() <= upTo);
    }

    private void noticed(UUID conversation, long... sequences) {
        stream.offer(LongStream.of(sequences)
                .mapToObj(sequence -> message(conversation, sequence))
                .toList());
    }

    private void acknowledged(UUID conversation, long upTo) {
        acknowledgedElsewhere(conversation, upTo);
        stream.acknowledged(conversation, upTo);
    }

    private void started() {
        stream.start();
        truth.answerAll();
    }

    @Test
    void the_backlog_comes_first_in_order_then_caught_up() {
        stored(A, 3, 2);
        stored(B, 7);
        started();
        assertThat(out).containsExactly("A2", "A3", "B7", "caught up");
    }

    @Test
    void more_than_the_window_waits_for_acknowledgements_and_so_does_caught_up() {
        stored(A, 1, 2, 3, 4, 5, 6);
        started();
        assertThat(out).containsExactly("A1", "A2", "A3", "A4");
        acknowledged(A, 1);
        truth.answerAll();
        assertThat(out).containsExactly("A1", "A2", "A3", "A4", "A5");
        acknowledged(A, 3);
        truth.answerAll();
        assertThat(out).containsExactly("A1", "A2", "A3", "A4", "A5", "A6", "caught up");
    }

    @Test
    void an_acknowledgement_of_one_message_makes_room_for_one() {
        stored(A, 1, 2, 3, 4, 5);
        started();
        stream.acknowledged(message(A, 2).messageId());
        truth.answerAll();
        assertThat(out).containsExactly("A1", "A2", "A3", "A4", "A5", "caught up");
    }

    @Test
    void what_follows_what_was_sent_goes_out_at_once_and_never_twice() {
        stored(A, 1);
        started();
        stored(A, 2);
        noticed(A, 2);
        truth.answerAll();
        stored(A, 3);
        noticed(A, 2, 1, 3);
        assertThat(out).containsExactly("A1", "caught up", "A2", "A3");
        assertThat(truth.reads).isEmpty();
    }

    @Test
    void a_notice_during_the_backlog_is_not_lost_and_not_doubled() {
        stream.start();
        stored(A, 1, 2);
        noticed(A, 2);
        noticed(A, 3);
        truth.reads.poll().run();
        stored(A, 3);
        truth.answerAll();
        assertThat(out).containsExactly("A1", "A2", "caught up", "A3");
    }

    @Test
    void the_first_message_of_a_conversation_asks_what_lies_before() {
        started();
        stored(A, 5, 6);
        noticed(A, 6);
        assertThat(out).containsExactly("caught up");
        truth.answerAll();
        assertThat(out).containsExactly("caught up", "A5", "A6");
    }

    @Test
    void notices_that_are_so_late_that_their_messages_are_acknowledged_go_nowhere() {
        stored(A, 1);
        stored(B, 6, 7, 8);
        acknowledgedElsewhere(A, 1);
        acknowledgedElsewhere(B, 8);
        started();
        stream.has(B, 5);
        noticed(A, 1);
        noticed(B, 6);
        truth.answerAll();
        noticed(B, 7, 8);
        stored(B, 9);
        noticed(B, 9);
        assertThat(out).containsExactly("caught up", "B9");
        assertThat(truth.reads).isEmpty();
    }

    @Test
    void a_hole_is_filled_from_the_log_before_anything_after_it() {
        stored(A, 1);
        started();
        noticed(A, 4);
        noticed(A, 3);
        stored(A, 2, 3, 4);
        truth.answerAll();
        assertThat(out).containsExactly("A1", "caught up", "A2", "A3", "A4");
        acknowledged(A, 4);
        stored(A, 5);
        noticed(A, 2, 5);
        assertThat(out).endsWith("A4", "A5");
    }

    @Test
    void a_hole_that_the_log_does_not_know_is_none() {
        stored(A, 1);
        started();
        stored(A, 3);
        noticed(A, 3);
        truth.answerAll();
        assertThat(out).containsExactly("A1", "caught up", "A3");
    }

    @Test
    void another_conversation_does_not_wait_for_a_hole() {
        stored(A, 1);
        stored(B, 1);
        started();
        stored(B, 2);
        noticed(A, 3);
        noticed(B, 2);
        truth.reads.pollLast().run();
        assertThat(out).containsExactly("A1", "B1", "caught up", "B2");
    }

    @Test
    void own_messages_leave_no_hole_whether_confirmed_before_or_after() {
        stored(A, 1);
        started();
        stored(A, 2);
        noticed(A, 2);
        truth.answerAll();
        acknowledged(A, 2);
        stream.own(A, 3);
        noticed(A, 4);
        stream.own(A, 6);
        noticed(A, 5);
        noticed(A, 7);
        assertThat(out).containsExactly("A1", "caught up", "A2", "A4", "A5", "A7");
        assertThat(truth.reads).isEmpty();
    }

    @Test
    void a_late_confirmation_of_an_own_message_releases_what_waited_for_it() {
        stored(A, 1);
        started();
        stored(A, 3);
        noticed(A, 3);
        assertThat(out).doesNotContain("A3");
        truth.answerAll();
        stream.own(A, 2);
        assertThat(out).containsExactly("A1", "caught up", "A3");
    }

    @Test
    void a_full_window_makes_it_read_the_inbox_again_when_there_is_room() {
        stored(A, 1);
        started();
        stored(A, 2);
        noticed(A, 2);
        truth.answerAll();
        acknowledged(A, 2);
        out.clear();
        stored(A, 3, 4, 5, 6, 7, 8);
        noticed(A, 3, 4, 5, 6, 7, 8);
        assertThat(out).containsExactly("A3", "A4", "A5", "A6");
        assertThat(truth.reads).isEmpty();
        acknowledged(A, 6);
        truth.answerAll();
        assertThat(out).containsExactly("A3", "A4", "A5", "A6", "A7", "A8");
        acknowledged(A, 8);
        noticed(A, 9);
        assertThat(out).endsWith("A8", "A9");
    }

    @Test
    void more_notices_than_can_wait_are_found_in_the_inbox() {
        stream.start();
        truth.reads.poll().run();
        out.clear();
        noticed(A, 1);
        stored(A, 1, 2, 3, 4, 5, 6, 7);
        noticed(A, 2, 3, 4, 5, 6, 7);
        truth.answerAll();
        for (int upTo = 1; upTo <= 7; upTo++) {
            acknowledged(A, upTo);
            truth.answerAll();
        }
        assertThat(out).containsExactly("A1", "A2", "A3", "A4", "A5", "A6", "A7");
    }

    @Test
    void what_could_not_wait_during_the_backlog_is_found_in_the_inbox_after_it() {
        stream.start();
        stored(B, 1);
        noticed(A, 1, 2, 3, 4, 5, 6);
        truth.reads.poll().run();
        stored(A, 1, 2, 3);
        truth.answerAll();
        assertThat(out).containsExactly("B1", "caught up", "A1", "A2", "A3");
    }

    @Test
    void what_the_device_has_already_does_not_go_out() {
        stored(A, 1);
        started();
        stream.has(A, 3);
        stored(A, 4);
        noticed(A, 2, 3, 4);
        truth.answerAll();
        assertThat(out).containsExactly("A1", "caught up", "A4");
        assertThat(stream.passed(A)).isEqualTo(4);
        assertThat(stream.passed(B)).isZero();
    }

    @Test
    void a_read_that_fails_is_tried_again() {
        truth.failing = true;
        stored(A, 1);
        started();
        assertThat(out).isEmpty();
        assertThat(truth.retries).hasSize(1);
        truth.failing = false;
        truth.retries.remove(0).run();
        truth.answerAll();
        assertThat(out).containsExactly("A1", "caught up");
        truth.failing = true;
        stored(A, 3);
        noticed(A, 3);
        truth.answerAll();
        truth.failing = false;
        truth.retries.remove(0).run();
        truth.answerAll();
        assertThat(out).containsExactly("A1", "caught up", "A3");
    }

    @Test
    void nothing_goes_out_after_close() {
        stored(A, 1);
        stream.start();
        stream.close();
        truth.answerAll();
        noticed(A, 2);
        stream.own(A, 3);
        assertThat(out).isEmpty();
    }

    @Test
    void counts_what_goes_out_again_what_does_not_and_what_was_missing() {
        started();
        stored(A, 1);
        noticed(A, 1);
        truth.answerAll();
        noticed(A, 1);
        stored(A, 2, 3);
        noticed(A, 3);
        truth.answerAll();
        assertThat(out).containsExactly("caught up", "A1", "A2", "A3");
        acknowledged(A, 1);
        stream.close();
        stream.close();
        assertThat(count("duet.deliveries")).isEqualTo(3);
        assertThat(count("duet.deliveries.suppressed")).isEqualTo(1);
        assertThat(count("duet.gaps.filled")).isEqualTo(1);
        assertThat(count("duet.redeliveries")).isEqualTo(2);
        assertThat(meters.get("duet.message.stage").tag("stage", "ack").timer().count())
                .isEqualTo(1);
    }

    private double count(String counter) {
        return meters.get(counter).counter().count();
    }
}
