package io.duet.conversation;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.config.DuetConfig;
import io.duet.conversation.ConversationQueries.Activity;
import io.duet.conversation.ReadMarkStatement.ReadMark;
import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiConsumer;

/**
 * Who talks with whom, and how far each has read. There is one conversation a pair, for ever, whoever starts it and
 * however many ask at once on however many nodes. Where there are several databases, each conversation is in one of them, and what
 * is asked by person is asked of all.
 *
 * <p>Safe for all threads. All methods but {@link #read} may block on the database and then throw
 * {@link DatabaseException} when it fails.
 */
@Singleton
public final class Conversations implements AutoCloseable {
    private static final int CACHED_CONVERSATIONS = 100_000;
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private final Shards shards;
    private final ConversationQueries queries;
    private final ShardCommits<ReadMark, ReadOutcome> readMarks;
    private final TimeBasedEpochGenerator conversationIds = Generators.timeBasedEpochGenerator();
    private final List<BiConsumer<UUID, UUID>> readers = new CopyOnWriteArrayList<>();
    private final Cache<UUID, Participants> participants =
            Caffeine.newBuilder().maximumSize(CACHED_CONVERSATIONS).build();

    @Inject
    public Conversations(Database database, DuetConfig config, ThreadFactory threads, MeterRegistry meters) {
        shards = database.shards();
        queries = new ConversationQueries(database);
        readMarks = new ShardCommits<>(
                new Settings(
                        "read-marks",
                        1,
                        config.messageLog().batch(),
                        config.messageLog().queue(),
                        config.messageLog().deadline()),
                new ReadMarkStatement(),
                ReadOutcome.Unavailable::new,
                database,
                threads,
                meters);
    }

    /** Answers from memory for conversations that were asked for before; empty when there is none of that id. */
    public Optional<Participants> participants(UUID conversationId) {
        return Optional.ofNullable(participants.get(conversationId, this::storedParticipants));
    }

    private Participants storedParticipants(UUID conversationId) {
        return find(conversationId).map(ConversationEntity::participants).orElse(null);
    }

    /** Everybody with whom this user has a conversation. */
    public Set<UUID> peersOf(UUID userId) {
        return peersOf(Set.of(userId)).get(userId);
    }

    /** The same for several people, in one read; everybody who is asked about has an entry. */
    public Map<UUID, Set<UUID>> peersOf(Collection<UUID> userIds) {
        return queries.peersOf(userIds);
    }

    /** The sequence number of the last message, 0 before the first; empty when there is no such conversation. */
    public Optional<Long> head(UUID conversationId) {
        return find(conversationId).map(ConversationEntity::lastSequence);
    }

    private Optional<ConversationEntity> find(UUID conversationId) {
        return shards.of(conversationId)
                .inTransaction(
                        entities -> Optional.ofNullable(entities.find(ConversationEntity.class, conversationId)));
    }

    /**
     * Moves the read mark of this user forward, never back. Never blocks; the answer completes on a completion thread, so
     * dependants must not block.
     */
    public CompletionStage<ReadOutcome> read(UUID userId, UUID conversationId, long lastReadSequence) {
        return readMarks
                .submit(conversationId, new ReadMark(userId, conversationId, lastReadSequence))
                .whenComplete((outcome, failure) -> {
                    if (outcome instanceof ReadOutcome.Advanced) {
                        readers.forEach(reader -> reader.accept(userId, conversationId));
                    }
                });
    }

    /** Adds one who hears, on the completion thread and without blocking it, which user has read on in which conversation. */
    public void onRead(BiConsumer<UUID, UUID> reader) {
        readers.add(reader);
    }

    /** How many messages each of these people has not read, in all conversations together; those with none are absent. */
    public Map<UUID, Long> unreadOf(Collection<UUID> userIds) {
        return queries.unreadOf(userIds);
    }

    OpenOutcome open(UUID userId, UUID recipientId) {
        if (userId.equals(recipientId)) {
            return new OpenOutcome.Oneself();
        }
        if (shards.several()) {
            return openInShard(userId, recipientId);
        }
        boolean created;
        try {
            created = queries.create(conversationIds.generate(), userId, recipientId);
        } catch (DatabaseException e) {
            if (e.sqlState().equals(FOREIGN_KEY_VIOLATION)) {
                return new OpenOutcome.UnknownUser();
            }
            throw e;
        }
        ConversationView view = queries.ofPair(userId, recipientId).orElseThrow();
        return new OpenOutcome.Open(view, created);
    }

    /**
     * A pair that had a conversation before there were several databases may have it in any of them. A new one is made where the
     * id belongs that is computed from the pair, so that, of those who ask at once, the unique key of that one database decides.
     */
    private OpenOutcome openInShard(UUID userId, UUID recipientId) {
        UUID id = PairId.of(userId, recipientId);
        Database place = shards.of(id);
        Optional<ConversationView> known =
                queries.ofPair(place, userId, recipientId).or(() -> queries.ofPair(userId, recipientId));
        if (known.isPresent()) {
            return new OpenOutcome.Open(known.get(), false);
        }
        if (shards.users().names(Set.of(recipientId)).isEmpty()) {
            return new OpenOutcome.UnknownUser();
        }
        shards.users().copyTo(place, List.of(userId, recipientId));
        boolean created = queries.create(id, userId, recipientId);
        return new OpenOutcome.Open(queries.ofPair(place, userId, recipientId).orElseThrow(), created);
    }

    /** Empty when there is no such conversation or the user takes no part in it. */
    Optional<ConversationView> view(UUID userId, UUID conversationId) {
        return queries.one(userId, conversationId);
    }

    /** The latest activity first. */
    List<ConversationView> list(UUID userId, Optional<Activity> after, int limit) {
        return queries.list(userId, after, limit);
    }

    void stop(@Observes @Priority(Stopping.WRITERS) Stopping stopping) {
        close();
    }

    /** Refuses new read marks and stores those that wait. */
    @Override
    @PreDestroy
    public void close() {
        readMarks.close();
    }
}
