package io.duet.inbox;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.infinispan.conflict.EntryMergePolicy;
import org.infinispan.container.entries.CacheEntry;

/** After a split has healed: the newest holder wins. In the new view no window counts as complete, so nothing is lost. */
final class WindowMerge implements EntryMergePolicy<UUID, Window> {
    @Override
    public CacheEntry<UUID, Window> merge(CacheEntry<UUID, Window> preferred, List<CacheEntry<UUID, Window>> others) {
        return Stream.concat(Stream.ofNullable(preferred), others.stream().filter(Objects::nonNull))
                .filter(entry -> entry.getValue() != null)
                .reduce((one, other) ->
                        other.getValue().holder().isNewerThan(one.getValue().holder()) ? other : one)
                .orElse(null);
    }
}
