package io.duet.message;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.duet.config.DuetConfig;
import io.duet.message.AppendStatement.Attempt;
import io.duet.platform.Database;
import io.duet.platform.GroupCommit;
import io.duet.platform.GroupCommit.Committed;
import io.duet.platform.GroupCommit.Settings;
import io.duet.platform.ShardCommits;
import io.duet.platform.Shards;
import io.duet.platform.Stopping;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * All messages, in PostgreSQL. Writing is grouped ({@link GroupCommit}) and never blocks the caller; reading blocks on the
 * database and throws {@link io.duet.platform.DatabaseException}.
 *
 * <p>Guarantees: an append that is answered {@code Stored} is durable, and so are the inbox entries of all devices that were
 * registered then. Within a conversation sequence numbers are 1, 2, 3 … without a gap, in the order of the commits,
 * however many nodes append. One (conversation, sender, client message id) is one message for ever. Drafts of one
 * conversation on one node are stored in the order of {@link #append}. Where there are several databases, one that is away makes
 * what belongs to its conversations {@code Unavailable}, and fails what is asked by device or message.
 *
 * <p>Limits: {@code duet.message-log.*}. Safe for all threads. Close it to flush what waits.
 */
@Singleton
public final class MessageLog implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(MessageLog.class);

    private final Shards shards;
    private final ShardCommits<Attempt, AppendOutcome> appends;
    private final AckCommits acknowledgements;
    private final MessageQueries queries;
    private final AppendMetrics metrics;
    private final TimeBasedEpochGenerator messageIds = Generators.timeBasedEpochGenerator();
    private final List<Consumer<List<Appended>>> watchers = new CopyOnWriteArrayList<>();

    @Inject
    public MessageLog(Database database, DuetConfig config, ThreadFactory threads, MeterRegistry meters) {
        shards = database.shards();
        queries = new MessageQueries(database);
        metrics = new AppendMetrics(meters);
        appends = new ShardCommits<>(
                settings("messages", config.messageLog()),
                new AppendStatement(),
                AppendOutcome.Unavailable::new,
                database,
                threads,
                meters);
        acknowledgements = new AckCommits(settings("acknowledgements", config.messageLog()), database, threads, meters);
        onCommitted(batch -> batch.forEach(appended -> appended.reply().complete(appended.outcome())));
    }

    private static Settings settings(String name, DuetConfig.MessageLog config) {
        return new Settings(name, config.writers(), config.batch(), config.queue(), config.deadline());
    }

    /**
     * Stores a message. The answer completes on a completion thread of the log, or on whichever the listener of
     * {@link #onCommitted} uses: dependants must not block. It completes exceptionally only when PostgreSQL refuses this
     * very draft, which it does not for valid content.
     */
    public CompletionStage<AppendOutcome> append(Draft draft) {
        return appends.submit(draft.conversationId(), new Attempt(messageIds.generate(), draft));
    }

    /**
     * Sets the one listener that hears of every committed batch, per writer in the order of the commits, on that writer's
     * completion thread. It must not block and must complete every reply; a reply may be complete already (as
     * {@code Unavailable}), when the commit took longer than the deadline. Without a listener the log completes them.
     */
    public void onCommitted(Consumer<List<Appended>> listener) {
        appends.onCommitted(batch -> {
            List<Appended> appended = batch.stream().map(MessageLog::appended).toList();
            metrics.count(appended);
            tell(appended);
            listener.accept(appended);
        });
    }

    /**
     * Adds one who only looks on: it hears of every committed batch on the completion thread, before the listener of {@link
     * #onCommitted}, and must neither block nor touch the replies. Two batches may come at once.
     */
    public void watch(Consumer<List<Appended>> watcher) {
        watchers.add(watcher);
    }

    private void tell(List<Appended> batch) {
        for (Consumer<List<Appended>> watcher : watchers) {
            try {
                watcher.accept(batch);
            } catch (RuntimeException e) {
                LOG.warnf(e, "A watcher of the message log failed");
            }
        }
    }

    private static Appended appended(Committed<Attempt, AppendOutcome> committed) {
        return new Appended(committed.item().draft(), committed.outcome(), committed.reply(), committed.times());
    }

    /** Stores an acknowledgement; repeating one does no harm. The answer completes on a completion thread of the log. */
    public CompletionStage<AckOutcome> acknowledge(Acknowledgement ack) {
        return acknowledgements.submit(ack);
    }

    /** Runs what reads this conversation, and blocks, on the given threads or on those of its database: {@link Shards#ask}. */
    public <T> CompletionStage<T> reading(UUID conversationId, Executor threads, Supplier<T> read) {
        return shards.ask(conversationId, threads, read);
    }

    /** The same, waited for: {@link Shards#inTime}. */
    <T> T inTime(UUID conversationId, Supplier<T> read) {
        return shards.inTime(conversationId, read);
    }

    /** At most {@code limit} messages of the conversation; the caller has checked who asks. */
    public List<StoredMessage> history(UUID conversationId, Range range, int limit) {
        return queries.history(conversationId, range, limit);
    }

    /** What the device has not acknowledged, in the order of {@link Position}, above {@code after}. */
    public List<StoredMessage> pending(UUID deviceId, Position after, int limit) {
        return queries.pending(deviceId, after, limit);
    }

    /** The same from the beginning for several devices in one read; devices without anything pending are absent. */
    public Map<UUID, List<StoredMessage>> pendingOf(Collection<UUID> deviceIds, int limitPerDevice) {
        return queries.pendingOf(deviceIds, limitPerDevice);
    }

    /** What the device has not acknowledged of one conversation, ascending, strictly between the two sequence numbers. */
    public List<StoredMessage> pendingIn(
            UUID deviceId, UUID conversationId, long afterSequence, long beforeSequence, int limit) {
        return queries.pendingIn(deviceId, conversationId, afterSequence, beforeSequence, limit);
    }

    /** What the device has not acknowledged of one conversation above a sequence number, at most so many, and the head. */
    public Owed owed(UUID deviceId, UUID conversationId, long afterSequence, int limit) {
        return queries.owed(deviceId, conversationId, afterSequence, limit);
    }

    /**
     * For each device what was stored longer than {@code age} ago and is not acknowledged, the first
     * {@code limitPerDevice} in the order of {@link Position}; devices without are absent. So is what is in a database that
     * is away, if there are others.
     */
    public Map<UUID, List<StoredMessage>> pendingOlderThan(
            Collection<UUID> deviceIds, Duration age, int limitPerDevice) {
        return queries.pendingOlderThan(deviceIds, age, limitPerDevice);
    }

    /** Any message by its id, whoever asks. */
    public Optional<StoredMessage> byId(UUID messageId) {
        return queries.byId(messageId);
    }

    /** Empty unless this user wrote that message. */
    Optional<MessageStatus> status(UUID messageId, UUID senderId) {
        return queries.status(messageId, senderId);
    }

    void stop(@Observes @Priority(Stopping.WRITERS) Stopping stopping) {
        close();
    }

    /** Refuses new appends and acknowledgements and stores those that wait, within the deadline. */
    @Override
    @PreDestroy
    public void close() {
        appends.close();
        acknowledgements.close();
    }
}
