package io.duet.inbox;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.infinispan.conflict.EntryMergePolicy;
import org.infinispan.container.entries.CacheEntry;

/** After a split has healed: a window with a holder wins. In the new view none counts as complete, so nothing is lost. */
final class WindowMerge implements EntryMergePolicy<UUID, Window> {
    @Override
    public CacheEntry<UUID, Window> merge(CacheEntry<UUID, Window> preferred, List<CacheEntry<UUID, Window>> others) {
        List<CacheEntry<UUID, Window>> found = Stream.concat(
                        Stream.ofNullable(preferred), others.stream().filter(Objects::nonNull))
                .filter(entry -> entry.getValue() != null)
                .toList();
        return found.stream()
                .filter(entry -> entry.getValue().holder() != null)
                .findFirst()
                .orElseGet(() -> found.isEmpty() ? null : found.get(0));
    }
}
