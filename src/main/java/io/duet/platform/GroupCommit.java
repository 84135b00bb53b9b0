package io.duet.platform;

import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/**
 * Stores many small items in few transactions: each lane has a thread that takes everything which came while its previous
 * transaction was being committed and stores it in the next one. An item that comes alone is stored at once, alone.
 *
 * <p>Guarantees: items of one affinity are committed in the order of {@link #submit}; every item gets exactly one answer,
 * at the latest about one deadline after it came; {@code submit} never blocks. Where the database refuses a batch for what
 * is in it, the batch is halved until only the refused items fail. Anything else that goes wrong (connection lost,
 * deadlock, disk full …) is taken for passing: the same items are stored again, with growing and random pauses, until
 * their deadlines. So an item may be stored twice and {@link Work} must be idempotent.
 *
 * <p>Limits: per lane {@link Settings#queue()} items wait; beyond that they are answered as unavailable at once. Safe for
 * all threads.
 *
 * @param <I> item
 * @param <O> its outcome
 */
public final class GroupCommit<I, O> implements AutoCloseable {
    private static final Duration RETRY_AFTER_OVERFLOW = Duration.ofSeconds(1);

    private final List<CommitLane<I, O>> lanes;
    private final Settings settings;
    private final Function<Duration, O> unavailable;
    private volatile boolean closed;

    /**
     * @param name of these lanes in metrics, threads and logs
     * @param lanes number of threads and connections
     * @param batch most items in one transaction
     * @param queue most items that wait in one lane
     * @param deadline how long an item may wait for its answer
     */
    public record Settings(String name, int lanes, int batch, int queue, Duration deadline) {}

    /** Stores a batch. Runs on a lane's thread, with a connection in autocommit mode that it must not close. */
    @FunctionalInterface
    public interface Work<I, O> {
        /** Answers one outcome for each item, in the same order, after all of them are durable. */
        List<O> commit(Connection connection, List<I> items) throws SQLException;
    }

    /** An item that is durable, what came of it, the answer that its submitter waits for, and how it went. */
    public record Committed<I, O>(I item, O outcome, CompletableFuture<O> reply, Times times) {}

    /** When an item was submitted, when the transaction that stored it began, and when that was over ({@link System#nanoTime}). */
    public record Times(long submittedNanos, long begunNanos, long committedNanos) {}

    /**
     * Starts the lanes.
     *
     * @param unavailable makes the outcome of an item that could not be stored in time, from the wait to recommend
     */
    public GroupCommit(
            Settings settings,
            Work<I, O> work,
            Function<Duration, O> unavailable,
            DataSource dataSource,
            ThreadFactory threads,
            MeterRegistry meters) {
        this.settings = settings;
        this.unavailable = unavailable;
        var metrics = new CommitMetrics(settings.name(), meters);
        lanes = IntStream.range(0, settings.lanes())
                .mapToObj(i -> new CommitLane<>(settings, work, unavailable, dataSource, metrics))
                .toList();
        metrics.observeDepth(lanes);
        IntStream.range(0, lanes.size()).forEach(i -> lanes.get(i).start(threads, "duet-" + settings.name() + "-" + i));
    }

    /**
     * Queues an item. The answer completes on the lane's completion thread (at once where the queue is full): its dependants
     * must not block. It completes exceptionally only when the database refuses this very item.
     *
     * @param affinity items whose affinities are equal share a lane
     */
    public CompletableFuture<O> submit(Object affinity, I item) {
        var entry = new Entry<I, O>(item, settings.deadline());
        int hash = affinity.hashCode();
        CommitLane<I, O> lane = lanes.get(Math.floorMod(hash ^ (hash >>> 16), lanes.size()));
        if (closed || !lane.offer(entry) || closed && lane.withdraw(entry)) {
            entry.reply().complete(unavailable.apply(RETRY_AFTER_OVERFLOW));
        }
        return entry.reply();
    }

    /**
     * Sets who hears of each committed batch, in commit order per lane, on that lane's completion thread. The listener must
     * not block and must complete every {@link Committed#reply}; some may have been completed as unavailable, because their
     * deadline passed during the commit. Without a listener the lanes complete the replies.
     */
    public void onCommitted(Consumer<List<Committed<I, O>>> listener) {
        lanes.forEach(lane -> lane.onCommitted(listener));
    }

    /** Refuses new items, stores those that wait (within the deadline, without retries) and ends the threads. */
    @Override
    public void close() {
        refuse();
        lanes.forEach(CommitLane::join);
    }

    /** Begins to close, without waiting for the end. */
    void refuse() {
        closed = true;
        lanes.forEach(CommitLane::close);
    }
}
