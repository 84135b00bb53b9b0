package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.protocol.FrameCodec;
import io.duet.protocol.ServerFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {
    private static final UUID CONVERSATION = new UUID(1, 1);

    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(20);

    private final OutgoingWire wire = new OutgoingWire();
    private final FrameCodec codec = new FrameCodec(10_000, 16);
    private int closesWritten;
    private int failures;
    private final OutboundQueue queue = new OutboundQueue(
            wire, codec, new DuetConfig.Outbound(200, 100_000, SEND_TIMEOUT), () -> closesWritten++, () -> failures++);

    /** Takes one write at a time and completes it when told, or at once. */
    private static final class OutgoingWire implements Wire {
        private final List<String> sent = new ArrayList<>();
        private final List<String> closed = new ArrayList<>();
        private int writes;
        private Consumer<IOException> underWay;
        private boolean atOnce;

        @Override
        public boolean read(Reader reader) {
            throw new AssertionError("it only writes");
        }

        @Override
        public boolean write(ByteBuffer bytes, Consumer<IOException> later) {
            assertThat(underWay).as("two writes at the same time").isNull();
            assertThat(closed).as("nothing follows a close").isEmpty();
            writes++;
            while (bytes.hasRemaining()) {
                frame(bytes);
            }
            if (!atOnce) {
                underWay = later;
            }
            return atOnce;
        }

        private void frame(ByteBuffer bytes) {
            final int first = bytes.get() & 0xFF;
            final int second = bytes.get();
            final long length = second == 126 ? bytes.getShort() & 0xFFFF : second == 127 ? bytes.getLong() : second;
            if (first == 0x88) {
                closed.add(bytes.getShort() + " " + text(bytes, (int) length - 2));
            } else {
                sent.add((first == 0x8A ? "pong " : "") + text(bytes, (int) length));
            }
        }

        private static String text(ByteBuffer bytes, int length) {
            final byte[] text = new byte[length];
            bytes.get(text);
            return new String(text, StandardCharsets.UTF_8);
        }

        @Override
        public void cut() {
            throw new AssertionError("it only writes");
        }

        void complete(IOException failure) {
            final Consumer<IOException> later = underWay;
            underWay = null;
            later.accept(failure);
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
    void one_write_at_a_time_in_order_with_all_that_waits() {
        for (int i = 0; i < 10; i++) {
            queue.send(pong(i));
        }
        assertThat(wire.sent).hasSize(1);
        wire.completeAll();
        assertThat(wire.writes).isEqualTo(2);
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
    void one_write_takes_no_more_than_16_KiB_or_one_frame() {
        final ServerFrame big = ServerFrame.Error.of(io.duet.protocol.ErrorCode.BAD_REQUEST, "x".repeat(7_000));
        for (int i = 0; i < 6; i++) {
            queue.send(big);
        }
        queue.send(ServerFrame.Error.of(io.duet.protocol.ErrorCode.BAD_REQUEST, "x".repeat(40_000)));
        wire.completeAll();
        assertThat(wire.sent).hasSize(7);
        assertThat(wire.writes).as("1, 2, 2, 1 and the large one").isEqualTo(5);
    }

    @Test
    void what_is_sent_together_is_one_write() {
        wire.atOnce = true;
        queue.together(() -> {
            queue.send(pong(1));
            queue.together(() -> queue.send(pong(2)));
            queue.send(pong(3));
            assertThat(wire.sent).isEmpty();
        });
        assertThat(wire.sent).hasSize(3);
        assertThat(wire.writes).isEqualTo(1);
    }

    @Test
    void what_is_sent_together_does_not_pile_up() {
        wire.atOnce = true;
        final ServerFrame big = ServerFrame.Error.of(io.duet.protocol.ErrorCode.BAD_REQUEST, "x".repeat(20_000));
        queue.together(() -> {
            for (int i = 0; i < 50; i++) {
                queue.send(big);
            }
        });
        assertThat(wire.sent).hasSize(50);
        assertThat(wire.closed).isEmpty();
    }

    @Test
    void of_pongs_only_the_newest_waits_and_it_goes_first() {
        queue.send(pong(0));
        queue.send(pong(1));
        for (int i = 0; i < 10_000; i++) {
            queue.pong(Integer.toString(i).getBytes(StandardCharsets.UTF_8));
        }
        wire.completeAll();
        assertThat(wire.sent).containsExactly(codec.encode(pong(0)), "pong 9999", codec.encode(pong(1)));
    }

    @Test
    void the_close_is_told_when_it_is_out() {
        queue.closeAfterSending(1001, "draining");
        assertThat(closesWritten).isZero();
        wire.completeAll();
        assertThat(closesWritten).isEqualTo(1);
        queue.pong(new byte[0]);
        queue.closeNow(1009, "too late");
        assertThat(wire.writes).isEqualTo(1);
        assertThat(failures).isZero();
    }

    @Test
    void a_close_that_goes_out_at_once_is_told_once() {
        wire.atOnce = true;
        queue.send(pong(0));
        queue.closeAfterSending(1001, "draining");
        assertThat(closesWritten).isEqualTo(1);
    }

    @Test
    void a_close_now_lets_the_write_under_way_end_and_drops_the_rest() {
        queue.send(pong(0));
        queue.send(pong(1));
        queue.closeNow(1009, "frame too big");
        assertThat(wire.closed).isEmpty();
        wire.completeAll();
        assertThat(wire.sent).hasSize(1);
        assertThat(wire.closed).containsExactly("1009 frame too big");
    }

    @Test
    void a_close_that_waits_keeps_its_code() {
        queue.send(pong(0));
        queue.send(pong(1));
        queue.closeAfterSending(4409, "displaced by a newer connection");
        queue.closeNow(1013, "reads too slowly");
        wire.completeAll();
        assertThat(wire.sent).hasSize(1);
        assertThat(wire.closed).containsExactly("4409 displaced by a newer connection");
    }

    @Test
    void a_write_that_fails_ends_it() {
        queue.send(pong(0));
        queue.send(pong(1));
        wire.complete(new IOException("reset"));
        assertThat(failures).isEqualTo(1);
        assertThat(wire.writes).isEqualTo(1);
    }

    @Test
    void a_write_that_takes_too_long_ends_it() {
        queue.check(System.nanoTime() + SEND_TIMEOUT.toNanos() * 2);
        queue.send(pong(0));
        queue.check(System.nanoTime() + SEND_TIMEOUT.toNanos() / 2);
        assertThat(failures).isZero();
        queue.check(System.nanoTime() + SEND_TIMEOUT.toNanos());
        assertThat(failures).isEqualTo(1);
    }
}
