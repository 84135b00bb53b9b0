package io.duet.inbox;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.infinispan.AdvancedCache;
import org.infinispan.commands.CommandsFactory;
import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.cache.Configuration;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.context.Flag;
import org.infinispan.context.InvocationContextFactory;
import org.infinispan.factories.ComponentRegistry;
import org.infinispan.functional.EntryView.ReadWriteEntryView;
import org.infinispan.functional.FunctionalMap.ReadWriteMap;
import org.infinispan.functional.impl.FunctionalMapImpl;
import org.infinispan.functional.impl.Params;
import org.infinispan.functional.impl.ReadWriteMapImpl;
import org.infinispan.interceptors.AsyncInterceptorChain;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.partitionhandling.PartitionHandling;
import org.infinispan.remoting.transport.Address;

/**
 * The cache {@code inbox}: device → {@link Holding}, on two owners, kept as objects so that a local read marshals nothing.
 * Every change runs on the primary owner of the key; a read is answered by this node if it is an owner. No call blocks the
 * caller, and each completes within {@link #DEADLINE_MS}.
 */
final class HoldingCache {
    static final String NAME = "inbox";
    static final int DEADLINE_MS = 5_000;
    private static final int REMOTE_TIMEOUT_MS = 3_000;
    private static final int SEGMENTS = 128;
    private static final int LOCK_TIMEOUT_MS = 2_000;

    private final AdvancedCache<UUID, Holding> cache;
    private final ReadWriteMap<UUID, Holding> readWrite;
    private final CommandsFactory commands;
    private final InvocationContextFactory contexts;
    private final AsyncInterceptorChain interceptors;

    HoldingCache(EmbeddedCacheManager manager) {
        cache = manager.<UUID, Holding>createCache(NAME, configuration()).getAdvancedCache();
        readWrite = ReadWriteMapImpl.create(FunctionalMapImpl.create(cache));
        commands = ComponentRegistry.componentOf(cache, CommandsFactory.class);
        contexts = ComponentRegistry.componentOf(cache, InvocationContextFactory.class);
        interceptors = ComponentRegistry.componentOf(cache, AsyncInterceptorChain.class);
    }

    private static Configuration configuration() {
        var builder = new ConfigurationBuilder();
        builder.clustering()
                .cacheMode(CacheMode.DIST_SYNC)
                .remoteTimeout(REMOTE_TIMEOUT_MS)
                .hash()
                .numOwners(2)
                .numSegments(SEGMENTS);
        builder.clustering()
                .partitionHandling()
                .whenSplit(PartitionHandling.ALLOW_READ_WRITES)
                .mergePolicy(new HoldingMerge());
        builder.encoding().mediaType(MediaType.APPLICATION_OBJECT_TYPE);
        builder.locking().lockAcquisitionTimeout(LOCK_TIMEOUT_MS);
        builder.statistics().disable();
        return builder.build();
    }

    <R> CompletableFuture<R> change(UUID deviceId, Function<ReadWriteEntryView<UUID, Holding>, R> change) {
        return guarded(() -> readWrite.eval(deviceId, change));
    }

    /** Those of the devices that somebody holds: one question for all that the same other node owns. */
    CompletableFuture<Map<UUID, Holding>> read(Set<UUID> deviceIds) {
        return guarded(() -> cache.getAllAsync(deviceIds));
    }

    /**
     * What {@link ReadWriteMap#evalMany} does, without its wait for the answer: one command for all keys of an owner. A
     * command for several owners would hold its locks on this node while it waits for those on another, and two such
     * commands from two nodes would wait for each other.
     */
    <T> CompletableFuture<Collection<Held>> changeMany(
            Map<UUID, T> arguments, BiFunction<T, ReadWriteEntryView<UUID, Holding>, Held> change) {
        return guarded(() -> {
            var perOwner = perPrimaryOwner(arguments).stream()
                    .map(some -> changeOfOneOwner(some, change))
                    .toList();
            return perOwner.size() == 1
                    ? perOwner.get(0)
                    : CompletableFuture.allOf(perOwner.toArray(CompletableFuture<?>[]::new))
                            .thenApply(done -> perOwner.stream()
                                    .flatMap(answers -> answers.join().stream())
                                    .toList());
        });
    }

    private <T> Collection<Map<UUID, T>> perPrimaryOwner(Map<UUID, T> arguments) {
        var topology = cache.getDistributionManager().getCacheTopology();
        var perOwner = new HashMap<Address, Map<UUID, T>>();
        arguments.forEach((deviceId, argument) -> perOwner.computeIfAbsent(
                        topology.getDistribution(deviceId).primary(), owner -> new HashMap<>())
                .put(deviceId, argument));
        return perOwner.values();
    }

    private <T> CompletableFuture<Collection<Held>> changeOfOneOwner(
            Map<UUID, T> arguments, BiFunction<T, ReadWriteEntryView<UUID, Holding>, Held> change) {
        var command = commands.buildReadWriteManyEntriesCommand(
                arguments, change, Params.create(), cache.getKeyDataConversion(), cache.getValueDataConversion());
        var context = contexts.createInvocationContext(true, arguments.size());
        context.setLockOwner(command.getKeyLockOwner());
        @SuppressWarnings("unchecked")
        var answers =
                (CompletableFuture<Collection<Held>>) (CompletableFuture<?>) interceptors.invokeAsync(context, command);
        return answers;
    }

    /** The entries whose primary owner is this node. */
    List<Held> heldHere() {
        var distribution = cache.getDistributionManager().getCacheTopology();
        return cache.withFlags(Flag.CACHE_MODE_LOCAL).entrySet().stream()
                .filter(entry -> distribution.getDistribution(entry.getKey()).isPrimary())
                .map(entry -> new Held(entry.getKey(), entry.getValue().holder()))
                .toList();
    }

    private static <R> CompletableFuture<R> guarded(Supplier<CompletableFuture<R>> call) {
        try {
            CompletableFuture<R> answer = call.get();
            return answer.isDone() ? answer : answer.copy().orTimeout(DEADLINE_MS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
