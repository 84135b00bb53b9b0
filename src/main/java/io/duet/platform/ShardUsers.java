package io.duet.platform;

import java.sql.ResultSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Users where they are not at home. The other databases know them by their ids, which never change, so that foreign keys hold; a name
 * may change and is read at home. All methods block.
 */
public final class ShardUsers {
    private final Shards shards;

    ShardUsers(Shards shards) {
        this.shards = shards;
    }

    private static final String NAMES = "SELECT user_id, username FROM users WHERE user_id = ANY (?)";

    /** The usernames of these; who does not exist is absent. */
    public Map<UUID, String> names(Collection<UUID> userIds) {
        if (userIds.isEmpty()) {
            return Map.of();
        }
        return shards.home().query(connection -> {
            try (var statement = connection.prepareStatement(NAMES)) {
                statement.setArray(1, connection.createArrayOf("uuid", userIds.toArray()));
                Map<UUID, String> names = new HashMap<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        names.put(row.getObject(1, UUID.class), row.getString(2));
                    }
                }
                return names;
            }
        });
    }

    /** Where a name stands at home, a copy has one that nobody can have, since no username holds a colon. */
    private static final String COPY = """
            INSERT INTO users (user_id, username) SELECT u.user_id, ':' || u.user_id FROM unnest(?) AS u (user_id)
            ORDER BY 1 ON CONFLICT DO NOTHING""";

    /** After the return rows there may refer to these users, who exist at home. */
    public void copyTo(Database shard, Collection<UUID> userIds) {
        if (shard == shards.home() || userIds.isEmpty()) {
            return;
        }
        shard.query(connection -> {
            try (var statement = connection.prepareStatement(COPY)) {
                statement.setArray(1, connection.createArrayOf("uuid", userIds.toArray()));
                return statement.executeUpdate();
            }
        });
    }
}
