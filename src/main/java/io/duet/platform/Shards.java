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
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
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
        found.others().forEach(other -> own.put(other, new ShardThreads(threads)));
        List<Database> all = new ArrayList<>(List.of(home));
        all.addAll(found.others());
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
     * @throws DatabaseException when one of them does not answer; after 10 s at the latest if that is not the home database
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
        if (asked.size() == 1 && asked.contains(home)) {
            return List.of(work.apply(home));
        }
        long end = System.nanoTime() + deadline.toNanos();
        Map<Database, FutureTask<T>> tasks = new LinkedHashMap<>();
        asked.forEach(shard -> tasks.put(shard, new FutureTask<>(() -> work.apply(shard))));
        Map<Database, ShardThreads> threads = layout.threads();
        tasks.forEach((shard, task) -> {
            if (shard != home) {
                threads.get(shard).execute(task);
            }
        });
        if (tasks.containsKey(home)) {
            tasks.get(home).run();
        }
        List<T> answers = new ArrayList<>(tasks.size());
        DatabaseException missing = null;
        for (Map.Entry<Database, FutureTask<T>> task : tasks.entrySet()) {
            try {
                answers.add(answer(task.getKey(), task.getValue(), end));
            } catch (DatabaseException failure) {
                LOG.debugf(failure, "Shard %s did not answer", task.getKey().name());
                missing = missing == null ? failure : missing;
            }
        }
        if (missing != null && (!inPart || answers.isEmpty())) {
            throw missing;
        }
        return answers;
    }

    private static <T> T answer(Database shard, FutureTask<T> task, long end) {
        try {
            return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException | CancellationException e) {
            task.cancel(false);
            throw new DatabaseException(new TimeoutException("Shard " + shard.name() + " does not answer"));
        } catch (InterruptedException e) {
            task.cancel(false);
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
