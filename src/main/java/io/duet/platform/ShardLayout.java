package io.duet.platform;

import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/**
 * Which database has which buckets, as {@code shard_buckets} of the home database says.
 *
 * @param others besides the home database
 * @param byBucket empty where the home database has all
 */
record ShardLayout(List<Database> others, List<Database> byBucket) {
    static final String HOME = "home";

    private static final String BUCKETS = "SELECT bucket, shard FROM shard_buckets ORDER BY bucket";

    /** @param open makes the database of a shard, with its schema up to date */
    static ShardLayout read(Database home, Function<String, Database> open) {
        List<String> names = names(home);
        if (names.size() != Shards.BUCKETS) {
            throw new IllegalStateException("shard_buckets has " + names.size() + " rows instead of " + Shards.BUCKETS);
        }
        if (names.stream().allMatch(HOME::equals)) {
            refuseAnothersHome(home);
            return new ShardLayout(List.of(), List.of());
        }
        Map<String, Database> databases = new LinkedHashMap<>(Map.of(HOME, home));
        names.stream()
                .distinct()
                .sorted()
                .filter(name -> !name.equals(HOME))
                .forEach(name -> databases.put(name, open.apply(name)));
        UUID installation = installation(home);
        databases.forEach((name, database) -> {
            byte[] buckets = bitmap(names, name);
            identify(database, name, installation, buckets);
            database.ownOnly(buckets);
        });
        List<Database> others = new ArrayList<>(databases.values());
        others.remove(home);
        return new ShardLayout(
                List.copyOf(others), names.stream().map(databases::get).toList());
    }

    private static List<String> names(Database home) {
        return home.query(connection -> {
            List<String> names = new ArrayList<>(Shards.BUCKETS);
            try (var statement = connection.prepareStatement(BUCKETS);
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    names.add(row.getString(2));
                }
            }
            return names;
        });
    }

    private static byte[] bitmap(List<String> names, String name) {
        var bits = new byte[Shards.BUCKETS / Byte.SIZE];
        for (int bucket = 0; bucket < Shards.BUCKETS; bucket++) {
            if (names.get(bucket).equals(name)) {
                bits[bucket / Byte.SIZE] |= (byte) (1 << bucket % Byte.SIZE);
            }
        }
        return bits;
    }

    private static UUID installation(Database home) {
        return home.query(connection -> {
            try (var statement = connection.prepareStatement("SELECT cluster_id FROM cluster_identity");
                    ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getObject(1, UUID.class);
            }
        });
    }

    private static final String IDENTITY = "SELECT cluster_id, shard, buckets FROM shard_identity";

    private record Identity(UUID installation, String shard, byte[] buckets) {}

    private static Identity identity(Database database) {
        return database.query(connection -> {
            try (var statement = connection.prepareStatement(IDENTITY);
                    ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? new Identity(row.getObject(1, UUID.class), row.getString(2), row.getBytes(3))
                        : null;
            }
        });
    }

    private static void refuseAnothersHome(Database home) {
        Identity found = identity(home);
        if (found != null && !found.shard().equals(HOME)) {
            throw new IllegalStateException(
                    "DUET_DB_URL leads to the database of shard " + found.shard() + ", not to the home database");
        }
    }

    private static final String IDENTIFY = """
            INSERT INTO shard_identity (cluster_id, shard, buckets) VALUES (?, ?, ?)
            ON CONFLICT (only_one) DO UPDATE SET buckets = excluded.buckets
             WHERE shard_identity.cluster_id = excluded.cluster_id AND shard_identity.shard = excluded.shard""";

    private static void identify(Database database, String name, UUID installation, byte[] buckets) {
        Identity found = identity(database);
        if (found == null || !Arrays.equals(found.buckets(), buckets)) {
            database.query(connection -> {
                try (var statement = connection.prepareStatement(IDENTIFY)) {
                    statement.setObject(1, installation);
                    statement.setString(2, name);
                    statement.setBytes(3, buckets);
                    return statement.executeUpdate();
                }
            });
            found = identity(database);
        }
        if (!found.installation().equals(installation) || !found.shard().equals(name)) {
            throw new IllegalStateException("The database of shard " + name + " is that of shard " + found.shard()
                    + (found.installation().equals(installation) ? "" : " of another installation"));
        }
    }
}
