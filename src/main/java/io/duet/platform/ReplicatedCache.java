package io.duet.platform;

import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.cache.Configuration;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.conflict.EntryMergePolicy;
import org.infinispan.partitionhandling.PartitionHandling;

/**
 * How the small caches are kept that every node holds whole, so that a question is answered locally: replicated
 * synchronously, objects as they are, both sides of a split going on and merged when it heals. A call to another node takes
 * 3 s at most. Few segments, since conflicts are resolved one segment at a time.
 */
public final class ReplicatedCache {
    private static final int REMOTE_TIMEOUT_MS = 3_000;
    private static final int SEGMENTS = 32;

    private ReplicatedCache() {}

    /** @param merge what becomes of an entry that both sides of a split have */
    public static Configuration configuration(EntryMergePolicy<?, ?> merge) {
        var builder = new ConfigurationBuilder();
        builder.clustering()
                .cacheMode(CacheMode.REPL_SYNC)
                .remoteTimeout(REMOTE_TIMEOUT_MS)
                .hash()
                .numSegments(SEGMENTS);
        builder.clustering()
                .partitionHandling()
                .whenSplit(PartitionHandling.ALLOW_READ_WRITES)
                .mergePolicy(merge);
        builder.encoding().mediaType(MediaType.APPLICATION_OBJECT_TYPE);
        builder.statistics().disable();
        return builder.build();
    }
}
