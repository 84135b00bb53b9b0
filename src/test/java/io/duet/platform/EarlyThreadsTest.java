package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EarlyThreadsTest {
    private static final ThreadGroup FOREIGN = new ThreadGroup("foreign");

    @Test
    void aPoolsThreadsBelongToTheOneThatAskedForThem() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(64);
        try {
            EarlyThreads.of(pool);
            assertThat(groupAsked(pool)).isEqualTo(Thread.currentThread().getThreadGroup());
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void soDoThoseOfAPoolForWhatIsToBeDoneLater() throws Exception {
        ExecutorService pool = Executors.newScheduledThreadPool(8);
        try {
            EarlyThreads.of(pool);
            assertThat(groupAsked(pool)).isEqualTo(Thread.currentThread().getThreadGroup());
        } finally {
            pool.shutdownNow();
        }
    }

    /** Of the thread that does what a thread of the foreign group has asked for, while all others that there may be have nothing to do. */
    private static ThreadGroup groupAsked(ExecutorService pool) throws Exception {
        var answer = new CompletableFuture<ThreadGroup>();
        new Thread(
                        FOREIGN,
                        () -> pool.execute(
                                () -> answer.complete(Thread.currentThread().getThreadGroup())))
                .start();
        return answer.get(10, TimeUnit.SECONDS);
    }
}
