package io.duet.routing;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.infinispan.conflict.EntryMergePolicy;
import org.infinispan.container.entries.CacheEntry;
import org.infinispan.container.entries.ImmortalCacheEntry;

/** After a split has healed: whoever listened on either side listens. Nodes that left meanwhile are pruned later. */
final class TopicMerge implements EntryMergePolicy<UUID, Topic> {
    @Override
    public CacheEntry<UUID, Topic> merge(CacheEntry<UUID, Topic> preferred, List<CacheEntry<UUID, Topic>> others) {
        var nodes = new HashSet<String>();
        UUID userId = null;
        for (CacheEntry<UUID, Topic> entry : Stream.concat(
                        Stream.ofNullable(preferred), others.stream().filter(Objects::nonNull))
                .toList()) {
            userId = entry.getKey();
            if (entry.getValue() != null) {
                nodes.addAll(entry.getValue().nodes());
            }
        }
        return nodes.isEmpty() ? null : merged(userId, new Topic(nodes));
    }

    @SuppressWarnings("unchecked")
    private static CacheEntry<UUID, Topic> merged(UUID userId, Topic topic) {
        return (CacheEntry<UUID, Topic>) (CacheEntry<?, ?>) new ImmortalCacheEntry(userId, topic);
    }
}
