package io.duet.bench;

import io.duet.platform.BucketAlgorithm;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.shardingsphere.driver.api.ShardingSphereDataSourceFactory;
import org.apache.shardingsphere.infra.algorithm.core.config.AlgorithmConfiguration;
import org.apache.shardingsphere.infra.hint.HintManager;
import org.apache.shardingsphere.sharding.api.config.ShardingRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.rule.ShardingTableRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.strategy.sharding.StandardShardingStrategyConfiguration;

/** One data source in front of both databases and their pools: it parses each statement, unless a hint names the database. */
record ShardingSphere(DataSource dataSource) implements Engine {
    /** @param pools by the names of the shards */
    static ShardingSphere before(Map<String, DataSource> pools) throws SQLException {
        var algorithm = new Properties();
        algorithm.setProperty("strategy", "STANDARD");
        algorithm.setProperty("algorithmClassName", BucketAlgorithm.class.getName());
        var messages = new ShardingTableRuleConfiguration("messages", "home.messages,shard_1.messages");
        messages.setDatabaseShardingStrategy(new StandardShardingStrategyConfiguration("conversation_id", "bucket"));
        var rule = new ShardingRuleConfiguration();
        rule.getTables().add(messages);
        rule.getShardingAlgorithms().put("bucket", new AlgorithmConfiguration("CLASS_BASED", algorithm));
        Map<String, DataSource> byName = Map.of("home", pools.get("home"), "shard_1", pools.get("1"));
        return new ShardingSphere(
                ShardingSphereDataSourceFactory.createDataSource("duet", byName, List.of(rule), new Properties()));
    }

    @Override
    public String name() {
        return "ShardingSphere-JDBC";
    }

    @Override
    public Connection connect(UUID conversationId) throws SQLException {
        return dataSource.getConnection();
    }

    @Override
    public Choice choose(UUID conversationId) {
        HintManager hint = HintManager.getInstance();
        hint.setDataSourceName(BucketAlgorithm.dataSource(conversationId));
        return hint::close;
    }
}
