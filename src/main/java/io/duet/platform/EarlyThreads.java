package io.duet.platform;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;

/**
 * Has threads that outlive the application started by the thread that starts it. Else whoever first has work for one starts it, and a thread is for
 * ever in the thread group of the one that started it: that may be Infinispan, whose groups have to end with the application.
 */
final class EarlyThreads {
    /** More than a pool keeps. One that has all its threads does nothing about them. */
    private static final int TASKS = 256;

    private static final Runnable NOTHING = () -> {};

    private EarlyThreads() {}

    /** Those of a pool of the server: on WildFly each of the first tasks starts one. Doesn't wait. */
    static void of(Executor pool) {
        for (int i = 0; i < TASKS; i++) {
            pool.execute(NOTHING);
        }
    }

    /**
     * The one that waits for the deadlines and delays of all {@link CompletableFuture}. It lives as long as the virtual machine and keeps the class
     * loaders of whoever started it: its context's and those of all that were on the stack. So one of the common pool's threads starts it, upon which
     * there is nothing but Java's own. Doesn't wait.
     */
    static void ofDeadlines() {
        var beginning = new CompletableFuture<Void>();
        beginning
                // Not the pool itself: with two processors its place would be taken by new threads, which inherit
                .thenRunAsync(NOTHING, ForkJoinPool.commonPool()::execute)
                .thenRunAsync(NOTHING, CompletableFuture.delayedExecutor(1, TimeUnit.NANOSECONDS));
        beginning.complete(null);
    }
}
