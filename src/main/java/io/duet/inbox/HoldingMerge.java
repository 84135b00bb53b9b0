package io.duet.inbox;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.infinispan.conflict.EntryMergePolicy;
import org.infinispan.container.entries.CacheEntry;

/** After a split has healed: the newest holder wins. */
final class HoldingMerge implements EntryMergePolicy<UUID, Holding> {
    @Override
    public CacheEntry<UUID, Holding> merge(
            CacheEntry<UUID, Holding> preferred, List<CacheEntry<UUID, Holding>> others) {
        return Stream.concat(Stream.ofNullable(preferred), others.stream().filter(Objects::nonNull))
                .filter(entry -> entry.getValue() != null)
                .reduce((one, other) ->
                        other.getValue().holder().isNewerThan(one.getValue().holder()) ? other : one)
                .orElse(null);
    }
}
