package io.duet.conversation;

import io.duet.platform.Database;
import io.duet.platform.Shards;
import io.duet.protocol.ServerFrame.NewMessage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The SQL of conversations, save the read marks. */
final class ConversationQueries {
    /** A place in a list that is sorted by latest activity, then id, both descending. */
    record Activity(Instant updatedAt, UUID conversationId) {}

    private static final UUID HIGHEST_ID = new UUID(-1, -1);

    private static final Comparator<ConversationView> LATEST_FIRST = Comparator.comparing(ConversationView::updatedAt)
            .thenComparing(ConversationView::conversationId, Shards.ID_ORDER)
            .reversed();

    private final Shards shards;

    ConversationQueries(Database database) {
        shards = database.shards();
    }

    /** Both read marks come with the conversation. Waits for whoever is creating the same pair, and then does nothing. */
    private static final String CREATE = """
            WITH created AS (
                INSERT INTO conversations (conversation_id, participant_1, participant_2)
                VALUES (?, least(?::uuid, ?::uuid), greatest(?::uuid, ?::uuid))
                ON CONFLICT%s DO NOTHING
                RETURNING conversation_id, participant_1, participant_2)
            INSERT INTO read_receipts (user_id, conversation_id)
            SELECT unnest(ARRAY[participant_1, participant_2]), conversation_id FROM created""";

    /** An id that is computed from the pair is in conflict as the pair is. */
    private static final String CREATE_COMPUTED = CREATE.formatted("");

    private static final String CREATE_BY_TIME = CREATE.formatted(" (participant_1, participant_2)");

    /** False when the pair had a conversation already. */
    boolean create(UUID conversationId, UUID one, UUID other) {
        String sql = shards.several() ? CREATE_COMPUTED : CREATE_BY_TIME;
        return shards.of(conversationId).query(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                set(statement, conversationId, one, other, one, other);
                return statement.executeUpdate() > 0;
            }
        });
    }

    /** OFFSET 0: an index scan for each user, however few rows the planner believes the table to have. */
    private static final String PEERS = """
            SELECT u.user_id, peer.user_id FROM unnest(?) AS u (user_id)
            CROSS JOIN LATERAL (
                SELECT participant_2 AS user_id FROM conversations WHERE participant_1 = u.user_id
                UNION ALL SELECT participant_1 FROM conversations WHERE participant_2 = u.user_id OFFSET 0) peer""";

    /** Of a database that is away the peers are not known. */
    Map<UUID, Set<UUID>> peersOf(Collection<UUID> userIds) {
        var peers = new HashMap<UUID, Set<UUID>>();
        userIds.forEach(userId -> peers.put(userId, new HashSet<>()));
        shards.reachable(shard -> peersOf(shard, userIds))
                .forEach(some ->
                        some.forEach((userId, known) -> peers.get(userId).addAll(known)));
        return peers;
    }

    private static Map<UUID, Set<UUID>> peersOf(Database shard, Collection<UUID> userIds) {
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(PEERS)) {
                statement.setArray(1, connection.createArrayOf("uuid", userIds.toArray()));
                var peers = new HashMap<UUID, Set<UUID>>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        peers.computeIfAbsent(row.getObject(1, UUID.class), userId -> new HashSet<>())
                                .add(row.getObject(2, UUID.class));
                    }
                }
                return peers;
            }
        });
    }

    /** The sum of what VIEW says of each. OFFSET 0: by key, however few rows the planner believes the tables to have. */
    private static final String UNREAD = """
            SELECT r.user_id, sum(c.sent_by_peer - r.peer_messages_read)::bigint
              FROM unnest(?) AS u (user_id)
              CROSS JOIN LATERAL (
                   SELECT user_id, conversation_id, peer_messages_read FROM read_receipts
                    WHERE user_id = u.user_id%s OFFSET 0) r
              CROSS JOIN LATERAL (
                   SELECT CASE r.user_id WHEN participant_1 THEN sent_by_2 ELSE sent_by_1 END AS sent_by_peer
                     FROM conversations WHERE conversation_id = r.conversation_id OFFSET 0) c
             GROUP BY r.user_id HAVING sum(c.sent_by_peer - r.peer_messages_read) > 0""";

    /** What is in a database that is away is not counted. */
    Map<UUID, Long> unreadOf(Collection<UUID> userIds) {
        var unread = new HashMap<UUID, Long>();
        shards.reachable(shard -> unreadOf(shard, userIds))
                .forEach(some -> some.forEach((userId, count) -> unread.merge(userId, count, Long::sum)));
        return unread;
    }

    private static Map<UUID, Long> unreadOf(Database shard, Collection<UUID> userIds) {
        return shard.query(connection -> {
            try (var statement = connection.prepareStatement(UNREAD.formatted(shard.own("conversation_id")))) {
                statement.setArray(1, connection.createArrayOf("uuid", userIds.toArray()));
                var unread = new HashMap<UUID, Long>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        unread.put(row.getObject(1, UUID.class), row.getLong(2));
                    }
                }
                return unread;
            }
        });
    }

    /** The parameter is the user who looks. */
    private static final String VIEW = """
            WITH viewer AS (SELECT ?::uuid AS user_id), chosen AS (%s)
            SELECT c.conversation_id, c.created_at, c.updated_at, c.last_sequence, peer.user_id AS peer_id, peer.username,
                   CASE peer.user_id WHEN c.participant_1 THEN c.sent_by_1 ELSE c.sent_by_2 END
                       - mine.peer_messages_read AS unread_count,
                   mine.last_read_sequence AS my_read, theirs.last_read_sequence AS peer_read,
                   theirs.delivered_sequence AS peer_delivered,
                   m.message_id, m.sender_id, m.client_message_id, m.content, m.created_at AS sent_at
              FROM viewer v CROSS JOIN chosen JOIN conversations c ON c.conversation_id = chosen.conversation_id
              JOIN users peer
                ON peer.user_id = CASE v.user_id WHEN c.participant_1 THEN c.participant_2 ELSE c.participant_1 END
              JOIN read_receipts mine ON mine.user_id = v.user_id AND mine.conversation_id = c.conversation_id
              JOIN read_receipts theirs ON theirs.user_id = peer.user_id AND theirs.conversation_id = c.conversation_id
              LEFT JOIN messages m ON m.conversation_id = c.conversation_id AND m.sequence_number = c.last_sequence
             ORDER BY c.updated_at DESC, c.conversation_id DESC""";

    private static final String LIST = VIEW.formatted("""
            (SELECT conversation_id, updated_at FROM conversations
              WHERE participant_1 = ? AND (updated_at, conversation_id) < (?, ?)%1$s
              ORDER BY updated_at DESC, conversation_id DESC LIMIT ?)
            UNION ALL
            (SELECT conversation_id, updated_at FROM conversations
              WHERE participant_2 = ? AND (updated_at, conversation_id) < (?, ?)%1$s
              ORDER BY updated_at DESC, conversation_id DESC LIMIT ?)
            ORDER BY updated_at DESC, conversation_id DESC LIMIT ?""");

    List<ConversationView> list(UUID userId, Optional<Activity> after, int limit) {
        OffsetDateTime before =
                after.map(a -> a.updatedAt().atOffset(ZoneOffset.UTC)).orElse(OffsetDateTime.MAX);
        UUID id = after.map(Activity::conversationId).orElse(HIGHEST_ID);
        return named(Shards.merge(
                shards.all(shard -> views(
                        shard,
                        LIST.formatted(shard.own("conversation_id")),
                        userId,
                        userId,
                        before,
                        id,
                        limit,
                        userId,
                        before,
                        id,
                        limit,
                        limit)),
                LATEST_FIRST,
                limit));
    }

    private static final String ONE = VIEW.formatted(
            "SELECT conversation_id FROM conversations WHERE conversation_id = ? AND ? IN (participant_1, participant_2)");

    Optional<ConversationView> one(UUID userId, UUID conversationId) {
        List<ConversationView> found = shards.inTime(
                conversationId, () -> views(shards.of(conversationId), ONE, userId, conversationId, userId));
        return named(found).stream().findFirst();
    }

    private static final String OF_PAIR = VIEW.formatted("""
            SELECT conversation_id FROM conversations
            WHERE participant_1 = least(?::uuid, ?::uuid) AND participant_2 = greatest(?::uuid, ?::uuid)%s""");

    /** In whichever database it is. */
    Optional<ConversationView> ofPair(UUID userId, UUID peerId) {
        return named(shards.all(shard -> ofPairIn(shard, userId, peerId)).stream()
                        .flatMap(List::stream)
                        .toList())
                .stream()
                .findFirst();
    }

    /** In that one. */
    Optional<ConversationView> ofPair(Database shard, UUID userId, UUID peerId) {
        return named(ofPairIn(shard, userId, peerId)).stream().findFirst();
    }

    private static List<ConversationView> ofPairIn(Database shard, UUID userId, UUID peerId) {
        String sql = OF_PAIR.formatted(shard.own("conversation_id"));
        return views(shard, sql, userId, userId, peerId, userId, peerId);
    }

    /** Where there are several databases, only the home database knows what somebody is called. */
    private List<ConversationView> named(List<ConversationView> views) {
        if (!shards.several()) {
            return views;
        }
        Map<UUID, String> names = shards.users()
                .names(views.stream().map(view -> view.peer().userId()).toList());
        return views.stream()
                .map(view -> view.withPeer(
                        names.getOrDefault(view.peer().userId(), view.peer().username())))
                .toList();
    }

    private static List<ConversationView> views(Database shard, String sql, UUID viewer, Object... parameters) {
        return shard.query((Connection connection) -> {
            try (var statement = connection.prepareStatement(sql)) {
                statement.setObject(1, viewer);
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 2, parameters[i]);
                }
                var views = new ArrayList<ConversationView>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        views.add(view(row, viewer));
                    }
                }
                return views;
            }
        });
    }

    private static ConversationView view(ResultSet row, UUID viewer) throws SQLException {
        return new ConversationView(
                row.getObject("conversation_id", UUID.class),
                new ConversationView.Peer(row.getObject("peer_id", UUID.class), row.getString("username")),
                instant(row, "created_at"),
                instant(row, "updated_at"),
                lastMessage(row, viewer),
                row.getLong("last_sequence"),
                row.getLong("unread_count"),
                row.getLong("my_read"),
                row.getLong("peer_read"),
                row.getLong("peer_delivered"));
    }

    private static Optional<NewMessage> lastMessage(ResultSet row, UUID viewer) throws SQLException {
        UUID messageId = row.getObject("message_id", UUID.class);
        if (messageId == null) {
            return Optional.empty();
        }
        UUID sender = row.getObject("sender_id", UUID.class);
        return Optional.of(new NewMessage(
                messageId,
                row.getObject("conversation_id", UUID.class),
                sender,
                row.getString("content"),
                row.getLong("last_sequence"),
                instant(row, "sent_at"),
                sender.equals(viewer) ? Optional.of(row.getString("client_message_id")) : Optional.empty()));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static void set(PreparedStatement statement, UUID... ids) throws SQLException {
        for (int i = 0; i < ids.length; i++) {
            statement.setObject(i + 1, ids[i]);
        }
    }
}
