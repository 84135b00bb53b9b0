package io.duet.bench;

import java.io.IOException;
import java.nio.file.Path;

/** Pairs that are online, each with a fixed number of messages outstanding: what the server does at most. */
final class OnlineMode implements Mode {
    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        final int count = settings.number("pairs");
        result.put("pairs", count);
        result.put("outstanding", settings.number("outstanding"));
        result.put("bytes", settings.number("bytes"));
        result.put("fsync_p50_ms", FsyncProbe.measure(Path.of("target")).getValueAtPercentile(50) / 1e6);
        try (Loop loop = new Loop()) {
            final Pairs pairs =
                    new Pairs(loop, target, new Population(target).couples(count), settings.number("bytes"));
            pairs.keepOutstanding(settings.number("outstanding"));
            measure(target, settings, result, loop, pairs);
        }
    }

    /** Warms up, measures, and waits until all is done. */
    static void measure(Target target, Settings settings, Result result, Loop loop, Pairs pairs) throws IOException {
        final Pair.Measure measure = pairs.measure();
        loop.runFor(settings.seconds("warmup"));
        measure.reset();
        final Progress progress = Progress.of(loop, result, "fully done", () -> measure.done);
        final double callsBefore = target.metric("duet_routing_calls");
        final double bytesBefore = target.metric("duet_cluster_sent_bytes");
        final CpuTimes.Snapshot before = target.cpu();
        final long start = System.nanoTime();
        loop.runFor(settings.seconds("seconds"));
        final double seconds = (System.nanoTime() - start) / 1e9;
        final CpuTimes.Snapshot used = target.cpu().minus(before);
        progress.stop();
        final long done = measure.done;
        result.put("seconds", seconds);
        result.put("done", done);
        result.put("done_per_second", done / seconds);
        used.into(result, done);
        if (target.nodeCount() > 1) {
            result.put("nodes", target.nodeCount());
            result.put("remote_calls_per_message", (target.metric("duet_routing_calls") - callsBefore) / done);
            result.put("cluster_bytes_per_message", (target.metric("duet_cluster_sent_bytes") - bytesBefore) / done);
        }
        measure.into(result);
        pairs.settle();
    }
}
