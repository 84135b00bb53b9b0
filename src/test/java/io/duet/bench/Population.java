package io.duet.bench;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import org.postgresql.PGConnection;

/**
 * People, devices and conversations in any number within seconds: copied into the tables as the server would have written
 * them, signed in with tokens made from its secret. (A registration each would take an Argon2 hash, hours for a large load.)
 */
final class Population {
    private static final Duration SESSION = Duration.ofHours(12);

    private final Target target;
    private final MACSigner signer;

    /** Somebody with one device, signed in. */
    record Account(UUID userId, UUID deviceId, String token) {}

    /** Two people with a conversation. */
    record Two(Account one, Account other, UUID conversationId) {}

    Population(Target target) {
        this.target = target;
        try {
            final byte[] key =
                    MessageDigest.getInstance("SHA-256").digest(target.secret().getBytes(StandardCharsets.UTF_8));
            signer = new MACSigner(key);
        } catch (NoSuchAlgorithmException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    List<Account> people(int count) {
        final StringBuilder users = new StringBuilder();
        final StringBuilder sessions = new StringBuilder();
        final StringBuilder devices = new StringBuilder();
        final List<Account> accounts = new ArrayList<>(count);
        final Instant expiry = Instant.now().plus(SESSION);
        for (int i = 0; i < count; i++) {
            final UUID user = UUID.randomUUID();
            final UUID session = UUID.randomUUID();
            final UUID device = UUID.randomUUID();
            final String name = "load." + user;
            users.append(user)
                    .append('\t')
                    .append(name)
                    .append('\t')
                    .append(name)
                    .append("@example.org\n");
            sessions.append(session)
                    .append('\t')
                    .append(user)
                    .append('\t')
                    .append(expiry)
                    .append('\n');
            devices.append(device).append('\t').append(user).append("\tdesktop\n");
            accounts.add(new Account(user, device, token(user, session, expiry)));
        }
        copy("users (user_id, username, email)", users);
        copy("sessions (session_id, user_id, expires_at)", sessions);
        copy("devices (device_id, user_id, device_type)", devices);
        return accounts;
    }

    /** Couples of new people. */
    List<Two> couples(int count) {
        final List<Account> people = people(2 * count);
        return acquaint(people.subList(0, count), people.subList(count, 2 * count));
    }

    /** A conversation for each one of the first list with the one at the same place of the second. */
    List<Two> acquaint(List<Account> ones, List<Account> others) {
        final StringBuilder conversations = new StringBuilder();
        final StringBuilder receipts = new StringBuilder();
        final List<Two> couples = new ArrayList<>(ones.size());
        for (int i = 0; i < ones.size(); i++) {
            final UUID conversation = UUID.randomUUID();
            final String one = ones.get(i).userId().toString();
            final String other = others.get(i).userId().toString();
            final boolean inOrder = one.compareTo(other) < 0;
            conversations
                    .append(conversation)
                    .append('\t')
                    .append(inOrder ? one : other)
                    .append('\t')
                    .append(inOrder ? other : one)
                    .append('\n');
            receipts.append(one).append('\t').append(conversation).append('\n');
            receipts.append(other).append('\t').append(conversation).append('\n');
            couples.add(new Two(ones.get(i), others.get(i), conversation));
        }
        copy("conversations (conversation_id, participant_1, participant_2)", conversations);
        copy("read_receipts (user_id, conversation_id)", receipts);
        return couples;
    }

    /**
     * Messages that have been read long ago: so many in each conversation, all from its first person, all delivered. The
     * tables are analysed afterwards, as they would be in a database that has grown to this.
     */
    void history(List<Two> couples, int messagesEach, int bytes) {
        try (Connection connection = target.connect();
                var statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            statement.execute(
                    "CREATE TEMPORARY TABLE talk (conversation_id uuid, sender uuid, reader uuid, device uuid)");
            final StringBuilder rows = new StringBuilder();
            for (Two two : couples) {
                rows.append(two.conversationId()).append('\t').append(two.one().userId());
                rows.append('\t')
                        .append(two.other().userId())
                        .append('\t')
                        .append(two.other().deviceId())
                        .append('\n');
            }
            copy(connection, "talk (conversation_id, sender, reader, device)", rows);
            statement.execute(HISTORY.formatted(messagesEach, bytes));
            statement.execute(
                    "UPDATE conversations c SET last_sequence = %1$d, sent_by_1 = CASE WHEN participant_1 = sender THEN %1$d ELSE 0 END, sent_by_2 = CASE WHEN participant_2 = sender THEN %1$d ELSE 0 END FROM talk t WHERE c.conversation_id = t.conversation_id"
                            .formatted(messagesEach));
            statement.execute(
                    "UPDATE read_receipts r SET last_read_sequence = %1$d, peer_messages_read = %1$d, delivered_sequence = %1$d FROM talk t WHERE r.conversation_id = t.conversation_id AND r.user_id = t.reader"
                            .formatted(messagesEach));
            statement.execute("VACUUM ANALYZE messages");
            statement.execute("VACUUM ANALYZE message_status");
            statement.execute("ANALYZE conversations");
            statement.execute("CHECKPOINT");
        } catch (SQLException e) {
            throw new IllegalStateException("the history could not be written", e);
        }
    }

    /** Lets the database look at what has been copied, as it does by itself within a minute. */
    void analyse() {
        try (Connection connection = target.connect();
                var statement = connection.createStatement()) {
            statement.execute("ANALYZE");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ids grow with the time, as UUIDv7 (RFC 9562, section 5.7) does; random ones would make the indexes slower than they are. */
    private static final String HISTORY = """
            WITH line AS (
                SELECT t.*, n, now() - interval '1 second' * (%1$d - n) AS at, md5(t.conversation_id::text || n) AS hash
                FROM generate_series(1, %1$d) n, talk t),
            stored AS (
                INSERT INTO messages
                    (message_id, conversation_id, sender_id, client_message_id, content, sequence_number, created_at)
                SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3)
                        || '8' || substr(hash, 4, 15))::uuid,
                       conversation_id, sender, 'h-' || n, rpad('message ' || n || ' ', %2$d, 'x'), n, at
                FROM line
                RETURNING message_id, conversation_id, sequence_number)
            INSERT INTO message_status (message_id, device_id, status, conversation_id, sequence_number)
            SELECT s.message_id, t.device, 'delivered', s.conversation_id, s.sequence_number
            FROM stored s JOIN talk t USING (conversation_id)
            """;

    private String token(UUID user, UUID session, Instant expiry) {
        try {
            final var jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.HS256)
                            .keyID("configured")
                            .build(),
                    new JWTClaimsSet.Builder()
                            .issuer("duet")
                            .audience("duet")
                            .subject(user.toString())
                            .claim("sid", session.toString())
                            .issueTime(new Date())
                            .expirationTime(Date.from(expiry))
                            .build());
            jwt.sign(signer);
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private void copy(String table, CharSequence rows) {
        try (Connection connection = target.connect()) {
            copy(connection, table, rows);
        } catch (SQLException e) {
            throw new IllegalStateException("the people could not be written", e);
        }
    }

    private static void copy(Connection connection, String table, CharSequence rows) throws SQLException {
        try {
            connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY " + table + " FROM STDIN", new StringReader(rows.toString()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
