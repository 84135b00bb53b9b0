package io.duet.presence;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.infinispan.conflict.EntryMergePolicy;
import org.infinispan.container.entries.CacheEntry;
import org.infinispan.container.entries.ImmortalCacheEntry;

/** After a split has healed: whoever was connected on either side is. Each node takes out what it no longer keeps. */
final class AttendanceMerge implements EntryMergePolicy<UUID, Attendance> {
    @Override
    @SuppressWarnings("unchecked")
    public CacheEntry<UUID, Attendance> merge(
            CacheEntry<UUID, Attendance> preferred, List<CacheEntry<UUID, Attendance>> others) {
        List<CacheEntry<UUID, Attendance>> found = Stream.concat(
                        Stream.ofNullable(preferred), others.stream().filter(Objects::nonNull))
                .filter(entry -> entry.getValue() != null)
                .toList();
        return found.stream()
                .map(CacheEntry::getValue)
                .reduce(Attendance::and)
                .map(all -> (CacheEntry<UUID, Attendance>)
                        (CacheEntry<?, ?>) new ImmortalCacheEntry(found.get(0).getKey(), all))
                .orElse(null);
    }
}
