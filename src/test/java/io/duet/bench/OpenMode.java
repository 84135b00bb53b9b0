package io.duet.bench;

import java.io.IOException;

/**
 * Messages at a fixed rate, whether the server keeps up or not. Times count from when a message was meant to go out. Without
 * a {@code rate} it first finds the most that the server does, and then takes half of that.
 */
final class OpenMode implements Mode {
    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        try (Loop loop = new Loop()) {
            final Pairs pairs = new Pairs(
                    loop, target, new Population(target).couples(settings.number("pairs")), settings.number("bytes"));
            final double rate =
                    settings.number("rate") > 0 ? settings.number("rate") : half(loop, pairs, settings, result);
            result.put("rate", rate);
            pairs.keepRate(rate);
            OnlineMode.measure(target, settings.with("seconds", settings.number("open-seconds")), result, loop, pairs);
        }
    }

    private static double half(Loop loop, Pairs pairs, Settings settings, Result result) {
        pairs.keepOutstanding(settings.number("outstanding"));
        loop.runFor(settings.seconds("warmup"));
        final long before = pairs.measure().done;
        final long start = System.nanoTime();
        final Progress progress = Progress.preparing(loop, result, "finding the maximum", () -> pairs.measure().done);
        loop.runFor(settings.seconds("seconds"));
        progress.stop();
        final double most = (pairs.measure().done - before) / ((System.nanoTime() - start) / 1e9);
        pairs.settle();
        result.put("maximum_per_second", most);
        return most / 2;
    }
}
