package io.duet.presence;

import io.duet.platform.ReplicatedCache;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.infinispan.AdvancedCache;
import org.infinispan.context.Flag;
import org.infinispan.functional.EntryView.ReadWriteEntryView;
import org.infinispan.functional.FunctionalMap.ReadWriteMap;
import org.infinispan.functional.impl.FunctionalMapImpl;
import org.infinispan.functional.impl.ReadWriteMapImpl;
import org.infinispan.manager.EmbeddedCacheManager;

/** The cache {@code presence}: user → {@link Attendance}, whole on every node, so that a question is answered locally. */
final class Attendances {
    static final String CACHE = "presence";
    private static final int DEADLINE_MS = 5_000;

    private final AdvancedCache<UUID, Attendance> local;
    private final ReadWriteMap<UUID, Attendance> everywhere;

    Attendances(EmbeddedCacheManager manager) {
        var cache = manager.<UUID, Attendance>createCache(CACHE, ReplicatedCache.configuration(new AttendanceMerge()))
                .getAdvancedCache();
        local = cache.withFlags(Flag.CACHE_MODE_LOCAL);
        everywhere = ReadWriteMapImpl.create(FunctionalMapImpl.create(cache));
    }

    CompletableFuture<Boolean> change(UUID userId, Function<ReadWriteEntryView<UUID, Attendance>, Boolean> change) {
        try {
            return everywhere.eval(userId, change).copy().orTimeout(DEADLINE_MS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** As this node knows it; never asks another one. */
    boolean isOnline(UUID userId) {
        return local.containsKey(userId);
    }

    /** As this node knows it. */
    boolean holds(UUID userId, Connection connection) {
        Attendance attendance = local.get(userId);
        return attendance != null && attendance.connections().contains(connection);
    }

    /** The connections that this node is said to keep, by user. */
    Map<UUID, List<Connection>> saidToBeKeptBy(String node) {
        var said = new HashMap<UUID, List<Connection>>();
        local.forEach((userId, attendance) -> {
            var kept = attendance.connections().stream()
                    .filter(connection -> connection.node().equals(node))
                    .toList();
            if (!kept.isEmpty()) {
                said.put(userId, kept);
            }
        });
        return said;
    }

    /** The graces that this node is said to end, by user. */
    Map<UUID, UUID> gracesKeptBy(String node) {
        var graces = new HashMap<UUID, UUID>();
        local.forEach((userId, attendance) -> {
            if (node.equals(attendance.graceKeeper())) {
                graces.put(userId, attendance.departure());
            }
        });
        return graces;
    }

    /** The users with a connection or a grace on a node that is not among these. */
    List<UUID> keptElsewhereThan(Set<String> nodes) {
        var users = new ArrayList<UUID>();
        local.forEach((userId, attendance) -> {
            boolean present = attendance.connections().stream().allMatch(kept -> nodes.contains(kept.node()))
                    && (attendance.graceKeeper() == null || nodes.contains(attendance.graceKeeper()));
            if (!present) {
                users.add(userId);
            }
        });
        return users;
    }
}
