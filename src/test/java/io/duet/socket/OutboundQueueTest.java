package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.protocol.FrameCodec;
import io.duet.protocol.ServerFrame;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {
    private static final UUID CONVERSATION = new UUID(1, 1);

    private final Wire wire = new Wire();
    private final FrameCodec codec = new FrameCodec(10_000, 16);
    private final OutboundQueue queue = new OutboundQueue(
            wire, codec, new DuetConfig.Outbound(200, 100_000, Duration.ofSeconds(20)), Runnable::run);

    /** Takes one text at a time and completes it when told, or at once. */
    private static final class Wire implements Transport {
        private final List<String> sent = new ArrayList<>();
        private final List<String> closed = new ArrayList<>();
        private Consumer<Throwable> underWay;
        private boolean atOnce;

        @Override
        public void send(String text, Consumer<Throwable> done) {
            assertThat(underWay).as("two sends at the same time").isNull();
            sent.add(text);
            if (atOnce) {
                done.accept(null);
            } else {
                underWay = done;
            }
        }

        @Override
        public void close(int code, String reason) {
            closed.add(code + " " + reason);
        }

        void complete(Throwable failure) {
            final Consumer<Throwable> done = underWay;
            underWay = null;
            done.accept(failure);
        }

        void completeAll() {
            while (underWay != null) {
                complete(null);
            }
        }
    }

    private static ServerFrame pong(long second) {
        return new ServerFrame.Pong(Instant.ofEpochSecond(second));
    }

    private static ServerFrame read(long sequence) {
        return new ServerFrame.Read(CONVERSATION, new UUID(2, 2), sequence, Instant.EPOCH);
    }

    @Test
    void one_send_at_a_time_in_order() {
        for (int i = 0; i < 10; i++) {
            queue.send(pong(i));
        }
        assertThat(wire.sent).hasSize(1);
        wire.completeAll();
        assertThat(wire.sent)
                .containsExactlyElementsOf(java.util.stream.LongStream.range(0, 10)
                        .mapToObj(i -> codec.encode(pong(i)))
                        .toList());
    }

    @Test
    void sends_that_complete_at_once_do_not_pile_up_on_the_stack() {
        queue.send(pong(0));
        for (int i = 1; i < 200; i++) {
            queue.send(pong(i));
        }
        wire.atOnce = true;
        wire.complete(null);
        assertThat(wire.sent).hasSize(200);
    }

    @Test
    void a_full_queue_closes_1013_and_drops_what_waits() {
        for (int i = 0; i < 202; i++) {
            queue.send(pong(i));
        }
        assertThat(wire.closed).isEmpty();
        wire.completeAll();
        assertThat(wire.closed).containsExactly("1013 reads too slowly");
        assertThat(wire.sent).hasSize(1);
    }

    @Test
    void bytes_count_too() {
        final ServerFrame big = ServerFrame.Error.of(io.duet.protocol.ErrorCode.BAD_REQUEST, "x".repeat(60_000));
        queue.send(big);
        queue.send(big);
        wire.complete(null);
        assertThat(wire.closed).isEmpty();
        queue.send(big);
        queue.send(big);
        wire.complete(null);
        assertThat(wire.closed).containsExactly("1013 reads too slowly");
    }

    @Test
    void few_hints_all_go_out() {
        queue.hint(read(1));
        queue.hint(read(2));
        queue.hint(read(3));
        wire.completeAll();
        assertThat(wire.sent).hasSize(3);
    }

    @Test
    void in_a_crowd_only_the_newest_hint_of_a_kind_goes_out() {
        queue.send(pong(0));
        queue.hint(read(1));
        for (int i = 1; i < 70; i++) {
            queue.send(pong(i));
        }
        for (int i = 2; i < 5_000; i++) {
            queue.hint(read(i));
        }
        wire.completeAll();
        assertThat(wire.closed).isEmpty();
        assertThat(wire.sent).hasSize(71);
        assertThat(wire.sent.get(1)).isEqualTo(codec.encode(read(4_999)));
    }

    @Test
    void close_waits_for_what_was_queued_and_takes_nothing_more() {
        queue.send(pong(0));
        queue.send(pong(1));
        queue.closeAfterSending(4401, "unauthorized");
        queue.closeAfterSending(1001, "second");
        queue.send(pong(2));
        assertThat(wire.closed).isEmpty();
        wire.completeAll();
        assertThat(wire.sent).hasSize(2);
        assertThat(wire.closed).containsExactly("4401 unauthorized");
    }

    @Test
    void close_happens_at_once_when_nothing_waits() {
        queue.closeAfterSending(4400, "bad frame");
        assertThat(wire.closed).containsExactly("4400 bad frame");
    }

    @Test
    void a_send_that_fails_closes() {
        queue.send(pong(0));
        queue.send(pong(1));
        wire.complete(new IOException("reset"));
        assertThat(wire.closed).containsExactly("1013 reads too slowly");
        assertThat(wire.sent).hasSize(1);
    }

    @Test
    void a_send_that_takes_too_long_closes() {
        queue.send(pong(0));
        queue.check(System.nanoTime() + Duration.ofSeconds(39).toNanos());
        assertThat(wire.closed).isEmpty();
        queue.check(System.nanoTime() + Duration.ofSeconds(41).toNanos());
        assertThat(wire.closed).containsExactly("1013 reads too slowly");
    }

    @Test
    void a_close_by_the_reading_thread_waits_for_nothing() {
        queue.send(pong(0));
        queue.send(pong(1));
        queue.closeWhileReading(1009, "frame too big");
        assertThat(wire.closed).containsExactly("1009 frame too big");
        wire.completeAll();
        assertThat(wire.sent).hasSize(1);
        assertThat(wire.closed).hasSize(1);
    }

    @Test
    void a_close_that_waits_for_a_stalled_send_still_happens() {
        queue.send(pong(0));
        queue.closeAfterSending(4409, "displaced by a newer connection");
        queue.check(System.nanoTime() + Duration.ofSeconds(41).toNanos());
        assertThat(wire.closed).containsExactly("4409 displaced by a newer connection");
    }
}
