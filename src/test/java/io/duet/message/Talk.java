package io.duet.message;

import io.duet.platform.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Two people with devices and a conversation, straight in the database, for tests of what is done with messages. */
public record Talk(UUID conversationId, UUID alice, UUID bob, List<UUID> aliceDevices, List<UUID> bobDevices) {
    /** Alice with one device, Bob with {@code bobDevices}. */
    public static Talk in(TestDatabase database, int bobDevices) {
        return in(database.dataSource(), bobDevices);
    }

    /** The same, in any database that has the schema. */
    public static Talk in(DataSource database, int bobDevices) {
        UUID alice = person(database);
        UUID bob = person(database);
        List<UUID> ofAlice = List.of(device(database, alice));
        List<UUID> ofBob =
                Stream.generate(() -> device(database, bob)).limit(bobDevices).toList();
        return new Talk(conversation(database, alice, bob), alice, bob, ofAlice, new ArrayList<>(ofBob));
    }

    public UUID aliceDevice() {
        return aliceDevices.get(0);
    }

    public UUID bobDevice() {
        return bobDevices.get(0);
    }

    public Draft fromAlice(String clientMessageId, String content) {
        return new Draft(conversationId, alice, aliceDevice(), clientMessageId, content);
    }

    public Draft fromBob(String clientMessageId, String content) {
        return new Draft(conversationId, bob, bobDevice(), clientMessageId, content);
    }

    public static UUID person(TestDatabase database) {
        return person(database.dataSource());
    }

    private static UUID person(DataSource database) {
        UUID id = UUID.randomUUID();
        update(
                database,
                "INSERT INTO users (user_id, username, email) VALUES (?, ?, ?)",
                id,
                "u" + id,
                id + "@example.org");
        return id;
    }

    public static UUID device(TestDatabase database, UUID userId) {
        return device(database.dataSource(), userId);
    }

    private static UUID device(DataSource database, UUID userId) {
        UUID id = UUID.randomUUID();
        update(database, "INSERT INTO devices (device_id, user_id, device_type) VALUES (?, ?, 'web')", id, userId);
        return id;
    }

    public static UUID conversation(TestDatabase database, UUID one, UUID other) {
        return conversation(database.dataSource(), one, other);
    }

    private static UUID conversation(DataSource database, UUID one, UUID other) {
        UUID id = UUID.randomUUID();
        update(database, """
                WITH pair AS (
                    SELECT ? AS id, least(a, b) AS first, greatest(a, b) AS second
                    FROM (VALUES (?::uuid, ?::uuid)) AS p (a, b)
                ), created AS (
                    INSERT INTO conversations (conversation_id, participant_1, participant_2)
                    SELECT id, first, second FROM pair)
                INSERT INTO read_receipts (user_id, conversation_id)
                SELECT unnest(ARRAY[first, second]), id FROM pair
                """, id, one, other);
        return id;
    }

    private static void update(DataSource database, String sql, Object... parameters) {
        try (var connection = database.getConnection();
                var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
