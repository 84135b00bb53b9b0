package io.duet.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Many people write to somebody who is away; then the device connects. How long from its connect until every sender knows
 * that its last message is on the device.
 */
final class DrainMode implements Mode {
    private static final Duration WRITE = Duration.ofMinutes(3);
    private static final Duration DRAIN = Duration.ofMinutes(2);
    private static final int OUTSTANDING = 8;

    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        final int senders = settings.number("senders");
        final int each = settings.number("messages-each");
        result.put("senders", senders);
        result.put("messages", senders * each);
        result.put("fsync_p50_ms", FsyncProbe.measure(Path.of("target")).getValueAtPercentile(50) / 1e6);
        // The first round warms up
        for (int round = 0; round < 3; round++) {
            try (Loop loop = new Loop()) {
                drainOnce(target, result, loop, senders, each);
            }
        }
    }

    private static void drainOnce(Target target, Result result, Loop loop, int senders, int each) throws IOException {
        final Population population = new Population(target);
        final Population.Account absent = population.people(1).get(0);
        final List<Population.Two> talks =
                population.acquaint(population.people(senders), Collections.nCopies(senders, absent));
        final List<Writer> writers = new ArrayList<>();
        talks.forEach(
                talk -> writers.add(new Writer(loop, talk.one(), List.of(talk.conversationId()), each, OUTSTANDING)));
        writers.forEach(writer -> writer.connect(target.node(writers.indexOf(writer)), null));
        final Progress writing = Progress.preparing(loop, result, "written", () -> Writer.durable(writers));
        if (!loop.runUntil(() -> Writer.durable(writers) == (long) senders * each, WRITE)) {
            throw new IllegalStateException("only " + Writer.durable(writers) + " were written");
        }
        writing.stop();

        final CpuTimes.Snapshot before = target.cpu();
        final long start = System.nanoTime();
        final Reader reader = new Reader(loop, absent);
        reader.connect(target.node(0), null);
        if (!loop.runUntil(() -> reader.received == (long) senders * each, DRAIN)) {
            throw new IllegalStateException("only " + reader.received + " arrived");
        }
        final double receivedMillis = (System.nanoTime() - start) / 1e6;
        if (!loop.runUntil(() -> Writer.delivered(writers) == (long) senders * each, DRAIN)) {
            throw new IllegalStateException("only " + Writer.delivered(writers) + " were acknowledged");
        }
        result.put("last_received_ms", receivedMillis);
        result.put("last_acknowledged_ms", (System.nanoTime() - start) / 1e6);
        target.cpu().minus(before).into(result, (long) senders * each);
    }

    /** Takes everything, acknowledging each conversation at the end of what came in one go. */
    private static final class Reader extends Client {
        private final Map<UUID, Long> toAcknowledge = new HashMap<>();
        private final Map<UUID, Long> last = new HashMap<>();
        private long received;

        Reader(Loop loop, Population.Account account) {
            super(loop, account);
        }

        @Override
        void message(byte[] bytes, int from, int to, long sequence) {
            final UUID conversation = conversation(bytes, from, to);
            final Long before = last.put(conversation, sequence);
            if (sequence != (before == null ? 1 : before + 1)) {
                throw new IllegalStateException("received " + sequence + " after " + before);
            }
            received++;
            if (toAcknowledge.isEmpty()) {
                loop.after(Duration.ZERO, this::acknowledgeAll);
            }
            toAcknowledge.put(conversation, sequence);
        }

        private void acknowledgeAll() {
            toAcknowledge.forEach((conversation, sequence) -> acknowledge(conversation.toString(), sequence));
            toAcknowledge.clear();
        }
    }
}
