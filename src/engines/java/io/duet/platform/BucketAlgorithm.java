package io.duet.platform;

import java.util.Collection;
import java.util.UUID;
import org.apache.shardingsphere.sharding.api.sharding.standard.PreciseShardingValue;
import org.apache.shardingsphere.sharding.api.sharding.standard.RangeShardingValue;
import org.apache.shardingsphere.sharding.api.sharding.standard.StandardShardingAlgorithm;

/** The buckets of {@link TestShards}, as ShardingSphere wants to be told of them. */
public final class BucketAlgorithm implements StandardShardingAlgorithm<UUID> {
    @Override
    public String doSharding(Collection<String> names, PreciseShardingValue<UUID> conversationId) {
        return dataSource(conversationId.getValue());
    }

    @Override
    public Collection<String> doSharding(Collection<String> names, RangeShardingValue<UUID> conversationIds) {
        return names;
    }

    /** The name of the data source that has this conversation. */
    public static String dataSource(UUID conversationId) {
        return Shards.bucket(conversationId) % 2 == 0 ? "home" : "shard_1";
    }
}
