package io.duet.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.duet.config.DuetConfig;
import io.duet.message.AppendOutcome;
import io.duet.message.AppendOutcome.Stored;
import io.duet.message.Draft;
import io.duet.message.MessageLog;
import io.duet.message.Talk;
import io.duet.platform.TestDatabase;
import io.duet.rest.ApiException;
import io.duet.rest.JsonLines;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ExportsDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static MessageLog log;
    private static Exports exports;

    @BeforeAll
    static void open() {
        log = new MessageLog(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
        exports = new Exports(DB.database(), log);
    }

    @AfterAll
    static void close() {
        log.close();
        DB.close();
    }

    @Test
    void aConversationIsThereWithAllThatBelongsToIt() throws IOException {
        Talk talk = Talk.in(DB, 1);
        Stored hello = stored(talk.fromAlice("a-1", "hello\n\"Bob\" \u2028 \ud83d\ude00"));
        stored(talk.fromBob("b-1", "hi"));

        List<JsonNode> lines = conversation(talk.conversationId(), 0, true);

        assertThat(lines)
                .extracting(line -> line.get("line").asString())
                .containsExactly("conversation", "message", "message", "conversation_end", "end");
        JsonNode begin = lines.get(0);
        assertThat(begin.get("first_sequence").asLong()).isEqualTo(1);
        assertThat(begin.get("last_sequence").asLong()).isEqualTo(2);
        assertThat(begin.get("participants").findValuesAsString("user_id"))
                .containsExactlyInAnyOrder(talk.alice().toString(), talk.bob().toString());
        JsonNode message = lines.get(1);
        assertThat(message.get("message_id").asString())
                .isEqualTo(hello.message().messageId().toString());
        assertThat(message.get("sender_id").asString()).isEqualTo(talk.alice().toString());
        assertThat(message.get("client_message_id").asString()).isEqualTo("a-1");
        assertThat(message.get("content").asString()).isEqualTo("hello\n\"Bob\" \u2028 \ud83d\ude00");
        assertThat(message.get("sequence_number").asLong()).isEqualTo(1);
        assertThat(message.get("timestamp").asString()).endsWith("Z");
        assertThat(message.get("statuses").get(0).get("device_id").asString())
                .isEqualTo(talk.bobDevice().toString());
        assertThat(message.get("statuses").get(0).get("status").asString()).isEqualTo("sent");
        assertThat(lines.get(3).get("complete").asBoolean()).isTrue();
        assertThat(lines.get(4).get("messages").asLong()).isEqualTo(2);
        assertThat(conversation(talk.conversationId(), 0, false)
                        .get(1)
                        .get("statuses")
                        .isNull())
                .isTrue();
    }

    @Test
    void goesOnBehindAnyMessage() throws IOException {
        Talk talk = Talk.in(DB, 1);
        send(talk, 450);

        assertThat(sequences(conversation(talk.conversationId(), 0, false))).isEqualTo(upTo(1, 450));
        for (long after : new long[] {1, 199, 200, 201, 449, 450, 1000}) {
            List<JsonNode> lines = conversation(talk.conversationId(), after, false);
            assertThat(sequences(lines)).isEqualTo(upTo(after + 1, 450));
            assertThat(lines.get(lines.size() - 1).get("complete").asBoolean()).isTrue();
        }
    }

    @Test
    void aUserIsThereWithEveryConversationAndGoesOnBehindAnyLine() throws IOException {
        Talk talk = Talk.in(DB, 1);
        UUID alice = talk.alice();
        send(talk, 3);
        for (int i = 0; i < 5; i++) {
            UUID carol = Talk.person(DB);
            UUID conversation = Talk.conversation(DB, alice, carol);
            for (int j = 0; j < i; j++) {
                stored(new Draft(conversation, carol, null, "c-" + j, "x"));
            }
        }
        stored(Talk.in(DB, 1).fromAlice("a", "somebody else's"));

        List<JsonNode> all = user(alice, ExportPosition.START);
        List<String> messages = messageIds(all);

        assertThat(messages).hasSize(3 + 1 + 2 + 3 + 4).doesNotHaveDuplicates();
        JsonNode end = all.get(all.size() - 1);
        assertThat(end.get("line").asString()).isEqualTo("end");
        assertThat(end.get("conversations").asLong()).isEqualTo(6);
        assertThat(end.get("messages").asLong()).isEqualTo(messages.size());
        assertThat(end.get("complete").asBoolean()).isTrue();
        List<String> before = new ArrayList<>();
        for (JsonNode line : all) {
            if (line.has("message_id")) {
                before.add(line.get("message_id").asString());
            }
            if (line.has("cursor")) {
                ExportPosition position =
                        ExportPosition.decode(line.get("cursor").asString(), alice);
                List<String> joined = new ArrayList<>(before);
                joined.addAll(messageIds(user(alice, position)));
                assertThat(joined).isEqualTo(messages);
            }
        }
    }

    @Test
    void aCursorIsForOneUser() {
        UUID alice = UUID.randomUUID();
        String cursor = new ExportPosition(UUID.randomUUID(), 3).cursor(alice);

        assertThat(ExportPosition.decode(cursor, alice).sequenceNumber()).isEqualTo(3);
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> ExportPosition.decode(cursor, UUID.randomUUID()));
    }

    @Test
    void whatIsStoredMeanwhileIsNotInIt() throws IOException {
        Talk talk = Talk.in(DB, 1);
        send(talk, 10);
        ExportedConversation begun = exports.conversation(talk.conversationId()).orElseThrow();
        stored(talk.fromBob("late", "x"));

        var bytes = new ByteArrayOutputStream();
        exports.conversation(begun, 0, false, new JsonLines(bytes));

        assertThat(sequences(lines(bytes))).isEqualTo(upTo(1, 10));
    }

    @Test
    void whatAgeHasRemovedIsNoGapAndWhatIsMissingIsOne() throws IOException {
        Talk talk = Talk.in(DB, 1);
        send(talk, 10);
        delete(talk, "sequence_number <= 4");
        DB.execute("UPDATE conversations SET removed_to = 4 WHERE conversation_id = '" + talk.conversationId() + "'");

        List<JsonNode> lines = conversation(talk.conversationId(), 2, false);
        assertThat(sequences(lines)).isEqualTo(upTo(5, 10));
        assertThat(lines.get(0).get("first_sequence").asLong()).isEqualTo(5);
        assertThat(lines.get(lines.size() - 2).get("complete").asBoolean()).isTrue();

        delete(talk, "sequence_number = 8");
        lines = conversation(talk.conversationId(), 0, false);
        assertThat(lines.get(lines.size() - 2).get("complete").asBoolean()).isFalse();
        assertThat(lines.get(lines.size() - 1).get("complete").asBoolean()).isFalse();

        delete(talk, "sequence_number = 10");
        lines = conversation(talk.conversationId(), 8, false);
        assertThat(sequences(lines)).containsExactly(9L);
        assertThat(lines.get(lines.size() - 1).get("complete").asBoolean()).isFalse();
    }

    /** While the reader takes its time the pool is free. */
    @Test
    void holdsNoConnectionWhileItWrites() throws IOException {
        Talk talk = Talk.in(DB, 1);
        send(talk, 450);
        var held = new ArrayList<Integer>();
        var pool = ((com.zaxxer.hikari.HikariDataSource) DB.dataSource()).getHikariPoolMXBean();
        int before = pool.getActiveConnections();
        OutputStream reader = new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("lines go out together");
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                held.add(pool.getActiveConnections());
            }
        };

        exports.conversation(exports.conversation(talk.conversationId()).orElseThrow(), 0, true, new JsonLines(reader));

        assertThat(held).hasSizeGreaterThan(3).allMatch(active -> active <= before);
    }

    private static void delete(Talk talk, String which) {
        String where = " WHERE conversation_id = '" + talk.conversationId() + "' AND " + which;
        DB.execute("DELETE FROM message_status" + where + "; DELETE FROM messages" + where);
    }

    private static List<JsonNode> conversation(UUID id, long after, boolean statuses) throws IOException {
        var bytes = new ByteArrayOutputStream();
        exports.conversation(exports.conversation(id).orElseThrow(), after, statuses, new JsonLines(bytes));
        return lines(bytes);
    }

    private static List<JsonNode> user(UUID id, ExportPosition after) throws IOException {
        var bytes = new ByteArrayOutputStream();
        exports.user(id, after, false, new JsonLines(bytes));
        return lines(bytes);
    }

    private static List<JsonNode> lines(ByteArrayOutputStream bytes) {
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertThat(text).endsWith("\n");
        return text.substring(0, text.length() - 1)
                .lines()
                .map(line -> JsonMapper.shared().readTree(line))
                .toList();
    }

    private static List<Long> sequences(List<JsonNode> lines) {
        return lines.stream()
                .filter(line -> line.has("message_id"))
                .map(line -> line.get("sequence_number").asLong())
                .toList();
    }

    private static List<String> messageIds(List<JsonNode> lines) {
        return lines.stream()
                .filter(line -> line.has("message_id"))
                .map(line -> line.get("message_id").asString())
                .toList();
    }

    private static List<Long> upTo(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    private static void send(Talk talk, int count) {
        List<CompletionStage<AppendOutcome>> answers = IntStream.rangeClosed(1, count)
                .mapToObj(i -> log.append(talk.fromAlice("a-" + i, "text " + i)))
                .toList();
        answers.forEach(answer -> answer.toCompletableFuture().join());
    }

    private static Stored stored(Draft draft) {
        return (Stored) log.append(draft).toCompletableFuture().join();
    }
}
