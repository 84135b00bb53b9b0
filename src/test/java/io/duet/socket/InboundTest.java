package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.RawWebSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class InboundTest {
    private final IncomingWire wire = new IncomingWire();
    private final List<String> received = new ArrayList<>();
    private final Queue<Runnable> work = new ArrayDeque<>();
    private boolean ended;
    private int room = Integer.MAX_VALUE;
    private final Inbound inbound = new Inbound(
            wire, new FrameReader(1000), this::receive, () -> received.size() >= room, () -> ended = true, work::add);

    private void receive(Incoming incoming) {
        received.add(((Incoming.Text) incoming).text());
    }

    /** Has chunks of bytes, and remembers whether anybody wants to know of more. */
    private static final class IncomingWire implements Wire {
        private final Deque<byte[]> chunks = new ArrayDeque<>();
        private boolean asked;

        @Override
        public boolean read(Reader reader) {
            final byte[] chunk = chunks.poll();
            asked = chunk == null;
            if (chunk != null) {
                reader.bytes(ByteBuffer.wrap(chunk));
            }
            return chunk != null;
        }

        @Override
        public boolean write(ByteBuffer bytes, Consumer<IOException> later) {
            throw new AssertionError("it only reads");
        }

        @Override
        public void cut() {
            throw new AssertionError("it only reads");
        }

        void has(String... texts) {
            final ByteBuffer all = ByteBuffer.allocate(1000);
            for (String text : texts) {
                all.put(RawWebSocket.encode(true, RawWebSocket.TEXT, text.getBytes(StandardCharsets.UTF_8), 7));
            }
            final byte[] chunk = new byte[all.flip().remaining()];
            all.get(chunk);
            chunks.add(chunk);
        }
    }

    @Test
    void readsWhatIsThereAndAsksForMore() {
        wire.has("a", "b");
        wire.has("c");
        inbound.readOn();
        assertThat(received).containsExactly("a", "b", "c");
        assertThat(wire.asked).isTrue();
    }

    @Test
    void whileTheReceiverIsFullNobodyAsksAndNothingIsLost() {
        room = 2;
        wire.has("a", "b", "c");
        wire.has("d");
        inbound.readOn();
        assertThat(received).containsExactly("a", "b");
        assertThat(wire.asked).isFalse();
        assertThat(wire.chunks).as("what TCP holds").hasSize(1);

        room = 3;
        inbound.resume();
        inbound.resume();
        assertThat(work).as("one thread reads").hasSize(1);
        work.remove().run();
        assertThat(received).containsExactly("a", "b", "c");
        assertThat(wire.chunks).hasSize(1);

        room = 10;
        inbound.resume();
        work.remove().run();
        assertThat(received).containsExactly("a", "b", "c", "d");
        assertThat(wire.asked).isTrue();
        inbound.resume();
        assertThat(work).isEmpty();
    }

    @Test
    void aClientThatIsNotReadIsNotSilent() {
        final long late = System.nanoTime() + 1_000_000_000_000L;
        inbound.readOn();
        assertThat(inbound.heardNanos(late)).isLessThan(late);
        room = 1;
        wire.has("a", "b");
        inbound.readOn();
        assertThat(inbound.heardNanos(late)).isEqualTo(late);
    }

    @Test
    void tellsTheEnd() {
        inbound.ended();
        assertThat(ended).isTrue();
    }
}
