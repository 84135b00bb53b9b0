package io.duet.account;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets so many threads at once do something that may take long, so many more wait for a while, and turns away the rest, so
 * that it never takes all threads of the server. Any thread.
 */
final class Bulkhead {

    private final Semaphore running;
    private final Semaphore admitted;
    private final Duration deadline;

    /**
     * @param concurrent threads at the same time
     * @param waiting further ones that may wait
     * @param deadline of that wait
     */
    Bulkhead(int concurrent, int waiting, Duration deadline) {
        running = new Semaphore(concurrent, true);
        admitted = new Semaphore(concurrent + waiting);
        this.deadline = deadline;
    }

    /** False for whoever is turned away; everybody else calls {@link #leave} at the end. */
    boolean enter() {
        if (!admitted.tryAcquire()) {
            return false;
        }
        boolean entered = false;
        try {
            entered = running.tryAcquire(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!entered) {
                admitted.release();
            }
        }
        return entered;
    }

    void leave() {
        running.release();
        admitted.release();
    }
}
