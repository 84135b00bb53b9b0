package io.duet.checker;

/** How many messages may still go out, and how fast. For the loop's thread alone. */
final class Pace {

    private static final double MOST_SAVED_SECONDS = 1;

    private final int perSecond;
    private double saved;
    private long savedAt = System.nanoTime();
    private long left;

    Pace(int perSecond) {
        this.perSecond = perSecond;
    }

    /** @param messages from now on; 0: without end */
    void start(int messages) {
        left = messages == 0 ? Long.MAX_VALUE : messages;
        saved = 0;
        savedAt = System.nanoTime();
    }

    void stop() {
        left = 0;
    }

    boolean over() {
        return left == 0;
    }

    /** How many of those wanted may go out now. */
    int take(int wanted) {
        long now = System.nanoTime();
        saved = Math.min(perSecond * MOST_SAVED_SECONDS + 1, saved + (now - savedAt) / 1e9 * perSecond);
        savedAt = now;
        int taken = (int) Math.min(Math.min(wanted, left), (long) saved);
        saved -= taken;
        left -= taken;
        return taken;
    }
}
