package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The runbook of docs/operations.md, step by step: both kinds of backup of a server under load, a disaster, both kinds of return. */
class BackupTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int PAGE = 200;
    private static final int READ = 10;

    private final Path place = InstalledPostgreSql.place();
    private final Path archive = place.resolve("archive");
    private final Path base = place.resolve("base");
    private final Path dump = place.resolve("duet.dump");

    @AfterEach
    void cleanUp() {
        InstalledPostgreSql.remove(place);
    }

    /** What was confirmed to those who wrote, in order. */
    private record Written(Talk talk, UUID alicesDesk, UUID bobsPhone, List<String> confirmed) {}

    @Test
    void whatWasConfirmedIsThereAfterwards() throws Exception {
        Written written;
        int inDump;
        try (InstalledPostgreSql original = archiving();
                TestServer server = TestServer.start(
                        Map.of("DUET_DB_URL", original.jdbcUrl("duet"), "duet.rate-limit.enabled", "false"))) {
            Talk talk = Talk.on(server.duet());
            written = new Written(
                    talk,
                    talk.alice().device("desktop"),
                    talk.bob().device("phone"),
                    Collections.synchronizedList(new ArrayList<>()));
            AtomicBoolean over = new AtomicBoolean();
            Thread load = load(written, over);
            awaitConfirmed(written, 20);
            original.run("pg_basebackup", "--dbname=" + original.url("duet"), "--pgdata=" + base, "--checkpoint=fast");
            awaitConfirmed(written, 20);
            inDump = written.confirmed().size();
            original.run("pg_dump", "--format=custom", "--file=" + dump, "--dbname=" + original.url("duet"));
            awaitConfirmed(written, 20);
            over.set(true);
            load.join(DEADLINE.toMillis());
            original.kill();
            server.kill();
        }
        try (InstalledPostgreSql restored = recovered()) {
            try (TestServer server = TestServer.start(Map.of("DUET_DB_URL", restored.jdbcUrl("duet")))) {
                everythingIsThere(server, written);
            }
            restored.run("createdb", "--maintenance-db=" + restored.url("postgres"), "older");
            restored.run("pg_restore", "--no-owner", "--dbname=" + restored.url("older"), dump.toString());
            restored.execute("older", voidDevices());
            try (TestServer server = TestServer.start(Map.of("DUET_DB_URL", restored.jdbcUrl("older")))) {
                whatWasConfirmedBeforeIsThere(server, written, inDump);
            }
        }
    }

    private InstalledPostgreSql archiving() {
        InstalledPostgreSql server = InstalledPostgreSql.fresh(
                place,
                "archive_mode = on",
                "archive_command = 'test ! -f " + archive + "/%f && cp %p " + archive + "/%f'");
        server.shell("mkdir " + archive);
        return server;
    }

    /** Messages one after the other; Bob's phone acknowledges the first ten, and he reads them. */
    private static Thread load(Written written, AtomicBoolean over) {
        Thread load = new Thread(() -> {
            try (DuetClient alice = written.talk().alice().connect(written.alicesDesk());
                    DuetClient bob = written.talk().bob().connect(written.bobsPhone())) {
                for (int i = 1; !over.get(); i++) {
                    alice.sendMessage(written.talk().conversation(), "text " + i, "id-" + i);
                    assertThat(number(alice.expect("sent"), "sequence_number")).isEqualTo(i);
                    written.confirmed().add("text " + i);
                    if (i <= READ) {
                        bob.expect("new_message");
                    }
                    if (i == READ) {
                        bob.ackUpTo(written.talk().conversation(), i);
                        alice.expect("delivered", READ);
                        bob.read(written.talk().conversation(), i);
                        alice.expect("read");
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        load.start();
        return load;
    }

    private static void awaitConfirmed(Written written, int more) {
        int wanted = written.confirmed().size() + more;
        Awaitility.await().atMost(DEADLINE).until(() -> written.confirmed().size() >= wanted);
    }

    /** The base backup, brought forward by the archive and by what the lost server had not archived yet. */
    private InstalledPostgreSql recovered() throws IOException {
        Path lost = place.resolve("data/pg_wal");
        try (var segments = Files.list(lost)) {
            for (Path segment : segments.filter(Files::isRegularFile).toList()) {
                Path copy = base.resolve("pg_wal").resolve(segment.getFileName());
                if (!Files.exists(archive.resolve(segment.getFileName()))) {
                    Files.deleteIfExists(copy);
                    Files.copy(segment, copy, StandardCopyOption.COPY_ATTRIBUTES);
                    copy.toFile().setReadable(true, false);
                    copy.toFile().setWritable(true, false);
                }
            }
        }
        Files.writeString(base.resolve("recovery.signal"), "", StandardOpenOption.CREATE);
        return InstalledPostgreSql.on(
                place,
                base,
                "archive_mode = off",
                "restore_command = 'cp " + archive + "/%f %p'",
                "recovery_target_timeline = 'latest'");
    }

    private static void everythingIsThere(TestServer server, Written written) throws Exception {
        Person alice = written.talk().alice().at(server.duet());
        Person bob = written.talk().bob().at(server.duet());
        UUID conversation = written.talk().conversation();
        assertThat(alice.get("/api/users/me").status()).as("her token").isEqualTo(200);
        assertThat(contents(bob, conversation)).isEqualTo(written.confirmed());
        JsonNode his = bob.conversation(conversation);
        assertThat(number(his, "last_sequence")).isEqualTo(written.confirmed().size());
        assertThat(number(his, "unread_count")).isEqualTo(written.confirmed().size() - READ);
        try (DuetClient phone = bob.open(written.bobsPhone())) {
            assertThat(number(phone.expect("new_message"), "sequence_number"))
                    .as("the first that his phone has not acknowledged")
                    .isEqualTo(READ + 1);
        }
        try (DuetClient desk = alice.connect(written.alicesDesk())) {
            desk.sendMessage(conversation, "text 1", "id-1");
            assertThat(desk.expect("sent").get("duplicate").asBoolean()).isTrue();
            assertThat(number(desk.say(conversation, "afterwards"), "sequence_number"))
                    .isEqualTo(written.confirmed().size() + 1);
        }
    }

    /** Numbers are given out anew, so devices that have seen more begin afresh: as new ones. */
    private static void whatWasConfirmedBeforeIsThere(TestServer server, Written written, int inDump) throws Exception {
        Person alice = written.talk().alice().at(server.duet());
        Person bob = written.talk().bob().at(server.duet());
        UUID conversation = written.talk().conversation();
        List<String> contents = contents(bob, conversation);
        assertThat(contents.size()).isBetween(inDump, written.confirmed().size() - 1);
        assertThat(contents).isEqualTo(written.confirmed().subList(0, contents.size()));
        try (DuetClient ahead = bob.open(written.bobsPhone(), Map.of(conversation, (long)
                written.confirmed().size()))) {
            ahead.expectError("not_found");
            ahead.expectClose(4400);
        }
        try (DuetClient desk = alice.online();
                DuetClient phone = bob.online()) {
            assertThat(number(desk.say(conversation, "another"), "sequence_number"))
                    .isEqualTo(contents.size() + 1);
            assertThat(text(phone.expect("new_message"), "content")).isEqualTo("another");
        }
    }

    private static List<String> contents(Person person, UUID conversation) {
        List<String> contents = new ArrayList<>();
        JsonNode page;
        do {
            page = person.get("/api/conversations/" + conversation + "/messages?limit=" + PAGE + "&after_sequence="
                            + contents.size())
                    .expect(200)
                    .get("items");
            page.forEach(message -> contents.add(text(message, "content")));
        } while (page.size() == PAGE);
        return contents;
    }

    /** As the runbook says it. */
    private static String voidDevices() throws IOException {
        Matcher statement =
                Pattern.compile("(?m)^UPDATE devices .*;$").matcher(Files.readString(Path.of("docs/operations.md")));
        assertThat(statement.find()).isTrue();
        return statement.group();
    }
}
