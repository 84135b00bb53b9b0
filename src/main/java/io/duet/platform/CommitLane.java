package io.duet.platform;

import io.duet.platform.GroupCommit.Committed;
import io.duet.platform.GroupCommit.Settings;
import io.duet.platform.GroupCommit.Times;
import io.duet.platform.GroupCommit.Work;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/**
 * One queue, one connection and two threads: the writer stores batches, the completer tells of them and answers what is
 * overdue, so that neither a slow commit nor a slow listener holds up the other. See {@link GroupCommit}.
 */
final class CommitLane<I, O> {
    private static final Logger LOG = Logger.getLogger(CommitLane.class);
    private static final Duration BEGIN = Duration.ofMillis(500);
    private static final Duration IDLE_POLL = Duration.ofSeconds(1);
    private static final Duration OVERDUE_CHECK = Duration.ofMillis(200);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration RETRY_AFTER_OUTAGE = Duration.ofSeconds(5);
    /** Committed batches that may wait for the listener; then the writer waits for it, the queue fills and refuses. */
    private static final int UNTOLD_BATCHES = 16;

    private final Settings settings;
    private final Work<I, O> work;
    private final Function<Duration, O> unavailable;
    private final CommitMetrics metrics;
    private final HeldConnection connection;
    private final BlockingQueue<Entry<I, O>> queue;
    private final BlockingQueue<Runnable> untold = new ArrayBlockingQueue<>(UNTOLD_BATCHES);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch written = new CountDownLatch(1);
    private volatile List<Entry<I, O>> writing = List.of();
    private volatile Consumer<List<Committed<I, O>>> listener =
            batch -> batch.forEach(item -> item.reply().complete(item.outcome()));
    private Thread writer;
    private Thread completer;

    CommitLane(
            Settings settings,
            Work<I, O> work,
            Function<Duration, O> unavailable,
            DataSource dataSource,
            CommitMetrics metrics) {
        this.settings = settings;
        this.work = work;
        this.unavailable = unavailable;
        this.metrics = metrics;
        connection = new HeldConnection(dataSource, settings.deadline());
        queue = new LinkedBlockingQueue<>(settings.queue());
    }

    void start(ThreadFactory threads, String name) {
        writer = threads.newThread(this::write);
        writer.setName(name + "-writer");
        writer.start();
        completer = threads.newThread(this::complete);
        completer.setName(name + "-completer");
        completer.start();
    }

    boolean offer(Entry<I, O> entry) {
        return queue.offer(entry);
    }

    boolean withdraw(Entry<I, O> entry) {
        return queue.remove(entry);
    }

    int depth() {
        return queue.size();
    }

    void onCommitted(Consumer<List<Committed<I, O>>> newListener) {
        listener = newListener;
    }

    void close() {
        closing.countDown();
        queue.offer(answered()); // wakes the writer
    }

    private Entry<I, O> answered() {
        final long now = System.nanoTime();
        return new Entry<>(null, CompletableFuture.completedFuture(null), now, now);
    }

    /**
     * Threads of a server do not begin before the application has started; where its start fails, they never do, and wait for
     * the very thread that waits here.
     */
    void join() {
        try {
            if (!begun.await(BEGIN.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            long limitMs = 2 * settings.deadline().toMillis() + IDLE_POLL.toMillis();
            writer.join(limitMs);
            completer.join(limitMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ── the writer ───────────────────────────────────────────────────────────────────────────────────────────────────

    private void write() {
        begun.countDown();
        try {
            while (true) {
                List<Entry<I, O>> batch = takeWaiting();
                if (!batch.isEmpty()) {
                    writing = batch;
                    commit(batch);
                    writing = List.of();
                } else if (isClosing()) {
                    return;
                } else {
                    connection.releaseIfIdle();
                }
            }
        } catch (InterruptedException e) {
            LOG.debugf("%s was interrupted", Thread.currentThread().getName());
        } catch (Throwable e) {
            LOG.errorf(
                    e,
                    "%s died; what waits in it is answered as unavailable",
                    Thread.currentThread().getName());
            throw e;
        } finally {
            connection.release();
            written.countDown();
            untold.offer(() -> {}); // wakes the completer
        }
    }

    private List<Entry<I, O>> takeWaiting() throws InterruptedException {
        Entry<I, O> first = isClosing() ? queue.poll() : queue.poll(IDLE_POLL.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
            return List.of();
        }
        var batch = new ArrayList<Entry<I, O>>(Math.min(settings.batch(), queue.size() + 1));
        batch.add(first);
        queue.drainTo(batch, settings.batch() - 1);
        return batch;
    }

    /** Stores the entries, whatever it takes within their deadlines. */
    private void commit(List<Entry<I, O>> batch) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        List<Entry<I, O>> open = unanswered(batch);
        while (!open.isEmpty()) {
            try {
                tell(committed(open));
                renewPlansIfDue();
                return;
            } catch (SQLException | RuntimeException failure) {
                if (!(failure instanceof SQLException sql && SqlFailure.sparesConnection(sql))) {
                    connection.release();
                }
                if (SqlFailure.refusesContent(failure)) {
                    bisect(open, failure);
                    return;
                }
                metrics.retried();
                LOG.warnf(
                        "%s could not store %d items, retrying: %s",
                        Thread.currentThread().getName(), open.size(), failure);
            }
            if (closing.await(jittered(pause), TimeUnit.MILLISECONDS)) {
                giveUp(open);
                return;
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            open = unanswered(open);
        }
    }

    private List<Committed<I, O>> committed(List<Entry<I, O>> open) throws SQLException {
        List<I> items = open.stream().map(Entry::item).toList();
        long start = System.nanoTime();
        List<O> outcomes = work.commit(connection.get(), items);
        long end = System.nanoTime();
        metrics.committed(items.size(), end - start);
        var batch = new ArrayList<Committed<I, O>>(open.size());
        for (int i = 0; i < open.size(); i++) {
            var entry = open.get(i);
            var times = new Times(entry.submittedNanos(), start, end);
            batch.add(new Committed<>(items.get(i), outcomes.get(i), entry.reply(), times));
        }
        return batch;
    }

    private void renewPlansIfDue() {
        try {
            connection.renewPlansIfDue();
        } catch (SQLException e) {
            connection.release();
        }
    }

    private void bisect(List<Entry<I, O>> refused, Exception failure) throws InterruptedException {
        int half = refused.size() / 2;
        if (half > 0) {
            commit(refused.subList(0, half));
            commit(refused.subList(half, refused.size()));
            return;
        }
        metrics.refused();
        // Without the cause: the driver's message may quote what was to be stored.
        LOG.warnf(
                "%s: the database refused an item (%s)",
                Thread.currentThread().getName(),
                failure instanceof SQLException sql ? "SQLSTATE " + sql.getSQLState() : failure.getClass());
        untold.put(() -> refused.get(0).reply().completeExceptionally(failure));
    }

    private void tell(List<Committed<I, O>> batch) throws InterruptedException {
        untold.put(() -> {
            try {
                listener.accept(batch);
            } catch (RuntimeException e) {
                LOG.error("Telling of a committed batch failed", e);
                batch.forEach(item -> item.reply().complete(item.outcome()));
            }
        });
    }

    private void giveUp(List<Entry<I, O>> entries) throws InterruptedException {
        untold.put(() -> entries.forEach(this::answerUnavailable));
    }

    private long jittered(Duration pause) {
        return ThreadLocalRandom.current().nextLong(pause.toMillis() / 2, pause.toMillis() + 1);
    }

    /** Those that still wait for an answer; an overdue one has got it, or gets it now, and must not be stored after it. */
    private List<Entry<I, O>> unanswered(List<Entry<I, O>> entries) throws InterruptedException {
        long now = System.nanoTime();
        var open = new ArrayList<Entry<I, O>>(entries.size());
        var overdue = new ArrayList<Entry<I, O>>();
        for (Entry<I, O> entry : entries) {
            if (entry.reply().isDone()) {
                continue;
            }
            (entry.overdue(now) ? overdue : open).add(entry);
        }
        if (!overdue.isEmpty()) {
            giveUp(overdue);
        }
        return open;
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    // ── the completer ────────────────────────────────────────────────────────────────────────────────────────────────

    private void complete() {
        long checked = System.nanoTime();
        try {
            while (true) {
                boolean last = written.getCount() == 0;
                Runnable next = untold.poll(last ? 0 : OVERDUE_CHECK.toMillis(), TimeUnit.MILLISECONDS);
                if (next != null) {
                    next.run();
                } else if (last) {
                    return;
                }
                if (System.nanoTime() - checked > OVERDUE_CHECK.toNanos()) {
                    checked = System.nanoTime();
                    answerOverdue(checked);
                }
            }
        } catch (InterruptedException e) {
            LOG.debugf("%s was interrupted", Thread.currentThread().getName());
        } finally {
            writing.forEach(this::answerUnavailable);
            queue.forEach(this::answerUnavailable);
            queue.clear();
        }
    }

    private void answerOverdue(long now) {
        for (Entry<I, O> entry : writing) {
            if (entry.overdue(now)) {
                answerUnavailable(entry);
            }
        }
        Entry<I, O> oldest = queue.peek();
        while (oldest != null && oldest.overdue(now)) {
            if (queue.remove(oldest)) {
                answerUnavailable(oldest);
            }
            oldest = queue.peek();
        }
    }

    private void answerUnavailable(Entry<I, O> entry) {
        if (entry.reply().complete(unavailable.apply(RETRY_AFTER_OUTAGE))) {
            metrics.overdue();
        }
    }
}
