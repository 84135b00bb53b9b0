package io.duet.cluster;

import io.reactivex.rxjava3.schedulers.Schedulers;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.infinispan.commons.ThreadGroups;
import org.jboss.logging.Logger;

/**
 * What all cache managers of one class loader have in common and none of them ends: the threads of RxJava and two thread
 * groups. They would keep every class of an application that has ended, in a server that goes on.
 */
final class SharedThreads {
    private static final Logger LOG = Logger.getLogger(SharedThreads.class);
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(20);

    /** From here on a thread group is forgotten by its parent when nobody else knows it. */
    private static final int FORGETFUL_JAVA = 19;

    private SharedThreads() {}

    /** To be called when all cache managers have stopped; none can be started afterwards. Waits 10 s at most for their threads. */
    static void end() {
        Schedulers.shutdown();
        if (Runtime.version().feature() < FORGETFUL_JAVA) {
            destroy(ThreadGroups.NON_BLOCKING_GROUP);
            destroy(ThreadGroups.BLOCKING_GROUP);
        }
    }

    @SuppressWarnings("removal") // the only way by which Java 17 and 18 part a thread group from its parent
    private static void destroy(ThreadGroup group) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (group.activeCount() > 0 && System.nanoTime() < deadline && pause()) {}
        try {
            group.destroy();
        } catch (IllegalThreadStateException e) {
            LOG.warnf(
                    "Threads of %s still run, and keep the classes of this application: %s",
                    group.getName(), threadsOf(group));
        }
    }

    private static List<String> threadsOf(ThreadGroup group) {
        var threads = new Thread[group.activeCount()];
        return Stream.of(threads)
                .limit(group.enumerate(threads))
                .map(Thread::getName)
                .toList();
    }

    private static boolean pause() {
        try {
            Thread.sleep(POLL.toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
