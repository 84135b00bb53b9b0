package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The library on Node.js: its example, an echo bot that may be ended and started again and misses nothing. */
@ExtendWith(SharedServers.class)
class ClientOnNodeTest {

    private static final Path EXAMPLE = Path.of("docs/examples/echo-bot.mjs").toAbsolutePath();
    private static final Path LIBRARY =
            Path.of("src/main/webapp/duet-client.js").toAbsolutePath();

    @Test
    void answersAlsoWhatWasWrittenWhileItWasAway(Duet duet, @TempDir Path directory) throws Exception {
        Person anna = duet.register();
        Person bot = duet.register();
        UUID conversation = anna.conversationWith(bot);
        try (DuetClient client = anna.online()) {
            Process first = start(duet, bot, directory);
            try {
                client.expect("presence", presence -> presence.get("online").asBoolean());
                client.say(conversation, "hello");
                assertThat(answer(client)).isEqualTo("You said: hello");
                client.expect("read");
                awaitAnswered(directory);
            } finally {
                end(first);
            }
            client.say(conversation, "are you there?");
            Process second = start(duet, bot, directory);
            try {
                assertThat(answer(client)).isEqualTo("You said: are you there?");
                client.say(conversation, "bye");
                assertThat(answer(client)).isEqualTo("You said: bye");
            } finally {
                end(second);
            }
        }
        assertThat(bot.get("/api/devices").expect(200).get("items"))
                .as("the journal kept its device")
                .hasSize(1);
    }

    /** Its peer may have the answer before the bot knows that it is stored, and says so. */
    private static void awaitAnswered(Path directory) {
        await("the bot knows that its answer is stored")
                .atMost(Visitor.DEADLINE)
                .until(() -> Files.readString(directory.resolve("out"), StandardCharsets.UTF_8)
                        .contains("answered message 1 by message 2"));
    }

    /** The server gives out again the numbers of what it has lost, and knows no device any more: see the runbook. */
    @Test
    void beginsAfreshWhenTheServerWasPutBackToAnOlderState(TestServer server, @TempDir Path directory)
            throws Exception {
        Duet duet = server.duet();
        Person anna = duet.register();
        Person bot = duet.register();
        UUID conversation = anna.conversationWith(bot);
        try (DuetClient client = anna.online()) {
            Process first = start(duet, bot, directory);
            try {
                client.expect("presence", presence -> presence.get("online").asBoolean());
                client.say(conversation, "lost");
                assertThat(answer(client)).isEqualTo("You said: lost");
                awaitAnswered(directory);
            } finally {
                end(first);
            }
        }
        putBack(server, conversation, bot.userId());
        try (DuetClient client = anna.online()) {
            Process second = start(duet, bot, directory);
            try {
                await("the bot has registered a new device")
                        .atMost(Visitor.DEADLINE)
                        .until(() -> !bot.get("/api/devices")
                                .expect(200)
                                .get("items")
                                .isEmpty());
                assertThat(number(client.say(conversation, "anew"), "sequence_number"))
                        .isEqualTo(1);
                assertThat(answer(client)).isEqualTo("You said: anew");
            } finally {
                second.destroyForcibly();
            }
        }
    }

    private static void putBack(TestServer server, UUID conversation, UUID user) throws SQLException {
        try (Connection database = DriverManager.getConnection(server.databaseUrl());
                var statement = database.createStatement()) {
            String there = " WHERE conversation_id = '" + conversation + "'";
            statement.execute("DELETE FROM message_status" + there);
            statement.execute("DELETE FROM messages" + there);
            statement.execute("UPDATE conversations SET last_sequence = 0, sent_by_1 = 0, sent_by_2 = 0" + there);
            statement.execute("UPDATE read_receipts SET last_read_sequence = 0, peer_messages_read = 0,"
                    + " delivered_sequence = 0, delivered_ahead = 0" + there);
            statement.execute("UPDATE devices SET removed_at = now() WHERE user_id = '" + user + "'");
        }
    }

    private static String answer(DuetClient client) {
        return text(client.expect("new_message"), "content");
    }

    private static Process start(Duet duet, Person bot, Path directory) throws IOException {
        return NodeJs.command(directory, EXAMPLE.toString(), duet.base().toString(), bot.username(), bot.password())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("out").toFile()))
                .start();
    }

    private static void end(Process process) {
        process.destroy();
        await().atMost(Visitor.DEADLINE).until(() -> process.waitFor(1, TimeUnit.SECONDS));
    }

    @Test
    void goesToTheNextNodeWhenOneIsDead(Duet duet, @TempDir Path directory) throws Exception {
        Person alice = duet.register();
        UUID conversation = alice.conversationWith(duet.register());
        Path program = Files.writeString(directory.resolve("two-nodes.mjs"), """
                import { DuetClient } from '%s';
                const [dead, alive, token, conversation] = process.argv.slice(2);
                const alone = new DuetClient({ server: dead, token });
                console.log('first start, no node:', await alone.start().catch((error) => error.isNetwork));
                const client = await new DuetClient({ server: [dead, alive], token }).start();
                const { sequence_number: sequence } = await client.send(conversation, 'by the second');
                console.log('stored as', sequence);
                client.stop();
                """.formatted(LIBRARY.toUri()));
        String output = NodeJs.run(
                directory,
                program.toString(),
                "http://127.0.0.1:9/",
                duet.base().toString(),
                alice.token(),
                conversation.toString());
        assertThat(output).contains("first start, no node: true", "stored as 1");
    }

    @Test
    void isShort() throws IOException {
        assertThat(Files.readAllLines(EXAMPLE)).hasSizeLessThanOrEqualTo(20);
        assertThat(List.of(Files.readString(EXAMPLE).split("\n"))).allMatch(line -> line.length() <= 120);
    }
}
