package io.duet.platform;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The databases among which conversations are divided, {@code docs/scale-out.md}. Whatever belongs to a conversation is in
 * the one that {@link #of} answers, with all that is written for a message; what is asked by anything else is asked of {@link
 * #all}. What is there once for the whole installation is in the home database, the {@link Database} that has these shards.
 *
 * <p>With one database, as is usual, every call here goes straight to it on the calling thread.
 *
 * <p>Safe for all threads. Which shards there are is known from {@link Database#migrate} on and does not change.
 */
public final class Shards {
    /** As PostgreSQL orders {@code uuid}: by bytes, unsigned. ({@link UUID#compareTo} differs.) */
    public static final Comparator<UUID> ID_ORDER = Comparator.comparing(
                    UUID::getMostSignificantBits, Long::compareUnsigned)
            .thenComparing(UUID::getLeastSignificantBits, Long::compareUnsigned);

    static final int BUCKETS = 1024;
    private static final Logger LOG = Logger.getLogger(Shards.class);
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final Database home;
    private final ShardUsers users;
    private final Duration deadline;
    private volatile Layout layout;

    /** @param byBucket which database has it; empty while there is one database */
    private record Layout(List<Database> all, List<Database> byBucket, Map<Database, ShardThreads> threads) {}

    Shards(Database home) {
        this(home, DEADLINE);
    }

    Shards(Database home, Duration deadline) {
        this.home = home;
        this.deadline = deadline;
        users = new ShardUsers(this);
        layout = new Layout(List.of(home), List.of(), Map.of());
    }

    void become(ShardLayout found, ThreadFactory threads) {
        Map<Database, ShardThreads> own = new LinkedHashMap<>();
        List<Database> all = new ArrayList<>(List.of(home));
        all.addAll(found.others());
        Duration patience = deadline.dividedBy(2);
        all.forEach(shard ->
                own.put(shard, new ShardThreads(threads, shard.name(), () -> shard.usable(patience), patience)));
        layout = new Layout(List.copyOf(all), found.byBucket(), own);
    }

    /** Whether there is more than one database. */
    public boolean several() {
        return layout.all().size() > 1;
    }

    /** Where everything is that is there once. */
    public Database home() {
        return home;
    }

    /** All of them, the home database first. */
    public List<Database> list() {
        return layout.all();
    }

    /** All but the home database. */
    public List<Database> others() {
        List<Database> all = layout.all();
        return all.subList(1, all.size());
    }

    /** The users as the other databases know them. */
    public ShardUsers users() {
        return users;
    }

    /** The database that this conversation is in, or would be in. */
    public Database of(UUID conversationId) {
        List<Database> byBucket = layout.byBucket();
        return byBucket.isEmpty() ? home : byBucket.get(bucket(conversationId));
    }

    /**
     * Runs what blocks on the database of this conversation: on the given threads, or, where there are several databases, on some that are
     * that one's alone. So one that stands still does not take the threads of all; what is asked of it then fails at once.
     */
    public <T> CompletableFuture<T> ask(UUID conversationId, Executor threads, Supplier<T> work) {
        return several()
                ? layout.threads().get(of(conversationId)).ask(work)
                : CompletableFuture.supplyAsync(work, threads);
    }

    /** The same, waited for: where there are several databases, 10 s at the longest. */
    public <T> T inTime(UUID conversationId, Supplier<T> work) {
        if (!several()) {
            return work.get();
        }
        Database shard = of(conversationId);
        return answer(shard, layout.threads().get(shard).ask(work), System.nanoTime() + deadline.toNanos());
    }

    /** These, by the database that their conversation is in. */
    public <T> Map<Database, List<T>> split(Collection<T> items, Function<T, UUID> conversationId) {
        Map<Database, List<T>> parts = new LinkedHashMap<>();
        items.forEach(item -> parts.computeIfAbsent(of(conversationId.apply(item)), shard -> new ArrayList<>())
                .add(item));
        return parts;
    }

    /** Every part on its database, one after the other, whatever fails on another; then the first failure is thrown. */
    public static <T> void each(Map<Database, List<T>> parts, BiConsumer<Database, List<T>> work) {
        RuntimeException first = null;
        for (Map.Entry<Database, List<T>> part : parts.entrySet()) {
            try {
                work.accept(part.getKey(), part.getValue());
            } catch (RuntimeException failure) {
                first = first == null ? failure : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /**
     * The answers of all databases, asked side by side, in the order of {@link #list}. What is read must leave out the
     * conversations of others: {@link Database#own}.
     *
     * @throws DatabaseException when one of them does not answer: after 10 s at the latest where there are several, and at once
     *     while it is one that has answered nothing for 5 s
     */
    public <T> List<T> all(Function<Database, T> work) {
        return answers(list(), work, false);
    }

    /** The same of all but the home database. */
    public <T> List<T> allOthers(Function<Database, T> work) {
        return answers(others(), work, false);
    }

    /** The answers of those that can be asked, for what is better known in part than not at all; fails when none answers. */
    public <T> List<T> reachable(Function<Database, T> work) {
        return reachable(list(), work);
    }

    /** The same of some. */
    public <T> List<T> reachable(Collection<Database> some, Function<Database, T> work) {
        return answers(some, work, true);
    }

    private <T> List<T> answers(Collection<Database> asked, Function<Database, T> work, boolean inPart) {
        Map<Database, ShardThreads> threads = layout.threads();
        if (threads.isEmpty()) {
            return asked.stream().map(work).toList();
        }
        long end = System.nanoTime() + deadline.toNanos();
        Map<Database, CompletableFuture<T>> questions = new LinkedHashMap<>();
        asked.forEach(shard -> questions.put(shard, threads.get(shard).ask(() -> work.apply(shard))));
        List<T> answers = new ArrayList<>(questions.size());
        DatabaseException missing = null;
        for (Map.Entry<Database, CompletableFuture<T>> question : questions.entrySet()) {
            try {
                answers.add(answer(question.getKey(), question.getValue(), end));
            } catch (DatabaseException failure) {
                LOG.debugf(failure, "Shard %s did not answer", question.getKey().name());
                missing = missing == null ? failure : missing;
            }
        }
        if (missing != null && (!inPart || answers.isEmpty())) {
            throw missing;
        }
        return answers;
    }

    private static <T> T answer(Database shard, CompletableFuture<T> question, long end) {
        try {
            return question.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            question.cancel(false);
            throw ShardThreads.silent(shard.name());
        } catch (InterruptedException e) {
            question.cancel(false);
            Thread.currentThread().interrupt();
            throw new DatabaseException(e);
        }
    }

    /** The first so many of all that the databases answered, each in this order. */
    public static <T> List<T> merge(List<List<T>> pages, Comparator<? super T> order, int limit) {
        return pages.size() == 1
                ? pages.get(0)
                : pages.stream()
                        .flatMap(List::stream)
                        .sorted(order)
                        .limit(limit)
                        .toList();
    }

    /** The last ten bits of the SHA-256 of the id; {@code shard_bucket} in SQL is the same. */
    static int bucket(UUID conversationId) {
        byte[] hash = sha256(conversationId);
        return (hash[30] & 3) << 8 | hash[31] & 0xff;
    }

    private static byte[] sha256(UUID id) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (id.getMostSignificantBits() >>> 56 - 8 * i);
            bytes[8 + i] = (byte) (id.getLeastSignificantBits() >>> 56 - 8 * i);
        }
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    void close() {
        layout.threads().values().forEach(ShardThreads::close);
    }
}
