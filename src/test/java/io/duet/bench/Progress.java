package io.duet.bench;

import java.time.Duration;
import java.util.function.LongSupplier;

/** One line a second about what goes on, on the terminal: over the last one where there is a terminal, else every 10 s. */
final class Progress {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int SELDOM = 10;

    private final Loop loop;
    private final Result result;
    private final String what;
    private final LongSupplier count;
    private final boolean keep;
    private long lastCount;
    private long lastNanos = System.nanoTime();
    private int seconds;
    private boolean stopped;

    private Progress(Loop loop, Result result, String what, LongSupplier count, boolean keep) {
        this.loop = loop;
        this.result = result;
        this.what = what;
        this.count = count;
        this.keep = keep;
        lastCount = count.getAsLong();
    }

    /** Tells how a count grows while the loop runs, and keeps its rate each second in the result. */
    static Progress of(Loop loop, Result result, String what, LongSupplier count) {
        final Progress progress = new Progress(loop, result, what, count, true);
        progress.next();
        return progress;
    }

    /** The same without keeping it, for a phase that only prepares. */
    static Progress preparing(Loop loop, Result result, String what, LongSupplier count) {
        final Progress progress = new Progress(loop, result, what, count, false);
        progress.next();
        return progress;
    }

    private void next() {
        loop.after(SECOND, () -> {
            if (!stopped) {
                tell();
                next();
            }
        });
    }

    private void tell() {
        final long now = System.nanoTime();
        final long total = count.getAsLong();
        final double rate = (total - lastCount) / ((now - lastNanos) / 1e9);
        lastCount = total;
        lastNanos = now;
        if (keep) {
            result.second(rate);
        }
        final boolean terminal = System.console() != null;
        if (terminal || ++seconds % SELDOM == 0) {
            System.err.printf(
                    "%s%-8s %-22s %,9d  %,9.0f/s%s",
                    terminal ? "\r" : "", result.mode(), what, total, rate, terminal ? "  " : "\n");
        }
    }

    void stop() {
        stopped = true;
        if (System.console() != null) {
            System.err.println();
        }
    }
}
