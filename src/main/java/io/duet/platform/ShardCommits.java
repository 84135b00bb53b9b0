package io.duet.platform;

import io.duet.platform.GroupCommit.Committed;
import io.duet.platform.GroupCommit.Settings;
import io.duet.platform.GroupCommit.Work;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A {@link GroupCommit} for each database, with lanes and queues of its own: one that is away holds up nothing that is for
 * another. Those of a shard appear with its first item, and are named {@code <name>-<shard>}. Safe for all threads.
 *
 * @param <I> item
 * @param <O> its outcome
 */
public final class ShardCommits<I, O> implements AutoCloseable {
    private final Shards shards;
    private final Function<Database, GroupCommit<I, O>> start;
    private final Map<Database, GroupCommit<I, O>> commits = new ConcurrentHashMap<>();
    private volatile Consumer<List<Committed<I, O>>> listener;
    private boolean closed;

    /** Starts the lanes of the home database; the parameters are those of {@link GroupCommit}. */
    public ShardCommits(
            Settings settings,
            Work<I, O> work,
            Function<Duration, O> unavailable,
            Database home,
            ThreadFactory threads,
            MeterRegistry meters) {
        shards = home.shards();
        start = database -> new GroupCommit<>(
                named(settings, database, home), work, unavailable, database.dataSource(), threads, meters);
        commits.put(home, start.apply(home));
    }

    private static Settings named(Settings settings, Database database, Database home) {
        return database == home
                ? settings
                : new Settings(
                        settings.name() + "-" + database.name(),
                        settings.lanes(),
                        settings.batch(),
                        settings.queue(),
                        settings.deadline());
    }

    /** As {@link GroupCommit#submit}, where that conversation is, which is the affinity too. */
    public CompletableFuture<O> submit(UUID conversationId, I item) {
        return submit(shards.of(conversationId), conversationId, item);
    }

    /** As {@link GroupCommit#submit}, in that database. */
    public CompletableFuture<O> submit(Database database, Object affinity, I item) {
        GroupCommit<I, O> there = commits.get(database);
        return (there == null ? first(database) : there).submit(affinity, item);
    }

    private synchronized GroupCommit<I, O> first(Database database) {
        return commits.computeIfAbsent(database, fresh -> {
            GroupCommit<I, O> started = start.apply(fresh);
            if (listener != null) {
                started.onCommitted(listener);
            }
            if (closed) {
                started.close();
            }
            return started;
        });
    }

    /** As {@link GroupCommit#onCommitted}, for each of them. Batches of two databases may come at once, as those of two lanes. */
    public synchronized void onCommitted(Consumer<List<Committed<I, O>>> newListener) {
        listener = newListener;
        commits.values().forEach(commit -> commit.onCommitted(newListener));
    }

    /** As {@link GroupCommit#close}, side by side. */
    @Override
    public synchronized void close() {
        closed = true;
        commits.values().forEach(GroupCommit::refuse);
        commits.values().forEach(GroupCommit::close);
    }
}
