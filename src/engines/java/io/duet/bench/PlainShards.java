package io.duet.bench;

import io.duet.platform.Shards;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * As Duet does it: the connection is the choice.
 *
 * @param pools by the names of the shards
 */
record PlainShards(Shards shards, Map<String, DataSource> pools) implements Engine {
    @Override
    public String name() {
        return "plain shards";
    }

    @Override
    public Connection connect(UUID conversationId) throws SQLException {
        return pools.get(shards.of(conversationId).name()).getConnection();
    }

    @Override
    public Choice choose(UUID conversationId) {
        return () -> {};
    }
}
