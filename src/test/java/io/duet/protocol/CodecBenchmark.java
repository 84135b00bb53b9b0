package io.duet.protocol;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * How long the codec takes for one frame, single-threaded; one line a case. Run {@code main} with {@code target/classes},
 * {@code target/test-classes} and {@code jackson-core} on the class path.
 */
public final class CodecBenchmark {

    private static final int ROUNDS = 7;
    private static final int FRAMES = 400_000;

    private CodecBenchmark() {}

    /** @param args none */
    public static void main(String[] args) {
        final FrameCodec codec = new FrameCodec(10_000, 16);
        final UUID id = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");
        final String text = "x".repeat(100);
        final ServerFrame message = new ServerFrame.NewMessage(id, id, id, text, 42, Instant.now(), Optional.empty());
        final ServerFrame sent = new ServerFrame.Sent("m-1", id, id, 42, Instant.now(), false);
        final String send = "{\"action\":\"send_message\",\"conversation_id\":\"" + id + "\",\"content\":\"" + text
                + "\",\"client_message_id\":\"7f1c0c1e\"}";
        final String ack = "{\"action\":\"ack\",\"conversation_id\":\"" + id + "\",\"sequence_number\":42}";
        measure("encode new_message, 100 characters", () -> codec.encode(message));
        measure("encode sent", () -> codec.encode(sent));
        measure("decode send_message, 100 characters", () -> codec.decode(send));
        measure("decode ack", () -> codec.decode(ack));
        measure("refuse what is not JSON", () -> codec.decode("{\"action\":\"ping\",,}"));
    }

    private static void measure(String what, Supplier<?> call) {
        long best = Long.MAX_VALUE;
        int seen = 0;
        for (int round = 0; round < ROUNDS; round++) {
            final long start = System.nanoTime();
            for (int i = 0; i < FRAMES; i++) {
                seen += System.identityHashCode(call.get()) & 1;
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.printf(Locale.ROOT, "%-38s %5d ns (%d)%n", what, best / FRAMES, seen & 1);
    }
}
