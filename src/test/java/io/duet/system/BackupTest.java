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
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The runbook of docs/operations.md, step by step and by its own commands: both kinds of backup of a server under load, a disaster, and every
 * kind of return.
 */
class BackupTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int PAGE = 200;
    private static final int READ = 10;
    private static final String HOST = "db.example.org";

    private final Runbook runbook = new Runbook("Backup and restore");
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
        int atMoment;
        String moment;
        try (InstalledPostgreSql original = archiving();
                TestServer server = TestServer.start(
                        Map.of("DUET_DB_URL", url(original, "duet"), "duet.rate-limit.enabled", "false"))) {
            Talk talk = Talk.on(server.duet());
            written = new Written(
                    talk,
                    talk.alice().device("desktop"),
                    talk.bob().device("phone"),
                    Collections.synchronizedList(new ArrayList<>()));
            AtomicBoolean over = new AtomicBoolean();
            Thread load = load(written, over);
            awaitConfirmed(written, 20);
            baseBackup(original);
            awaitConfirmed(written, 20);
            atMoment = written.confirmed().size();
            moment = original.ask("duet", "SELECT clock_timestamp()");
            awaitConfirmed(written, 20);
            inDump = written.confirmed().size();
            original.shell(runbook.take("pg_dump", Map.of(HOST, address(original), "duet.dump", dump.toString())));
            awaitConfirmed(written, 20);
            over.set(true);
            load.join(DEADLINE.toMillis());
            original.kill();
            server.kill();
        }
        addWhatWasNotArchived();
        Path another = place.resolve("another");
        InstalledPostgreSql.copy(base, another);
        String restore = runbook.take("restore_command", Map.of("/archive", archive.toString()));
        try (InstalledPostgreSql restored = recovered(base, restore);
                TestServer server = TestServer.start(Map.of("DUET_DB_URL", url(restored, "duet")))) {
            everythingIsThere(server, written);
        }
        String voidDevices = runbook.take("UPDATE devices", Map.of());
        try (InstalledPostgreSql restored = recovered(
                another,
                restore,
                runbook.take("recovery_target_time", Map.of("2026-03-01 12:00:00+00", moment)),
                runbook.take("recovery_target_action", Map.of()))) {
            Awaitility.await("promoted")
                    .atMost(DEADLINE)
                    .until(() ->
                            restored.ask("duet", "SELECT pg_is_in_recovery()").equals("f"));
            int messages = Integer.parseInt(restored.ask("duet", "SELECT count(*) FROM messages"));
            assertThat(messages).isBetween(atMoment, inDump - 1);
            restored.execute("duet", voidDevices);
        }
        try (InstalledPostgreSql fresh =
                InstalledPostgreSql.fresh(InstalledPostgreSql.directory(place.resolve("fresh")))) {
            fresh.execute("postgres", "CREATE ROLE duet LOGIN");
            fresh.shell(runbook.take("createdb", Map.of(HOST, address(fresh))));
            fresh.shell(runbook.take("pg_restore", Map.of(HOST, address(fresh), " duet.dump", " " + dump)));
            fresh.execute("duet_restored", voidDevices);
            try (TestServer server = TestServer.start(Map.of("DUET_DB_URL", url(fresh, "duet_restored")))) {
                whatWasConfirmedBeforeIsThere(server, written, inDump);
            }
        }
        assertThat(runbook.left()).as("not done").isEmpty();
    }

    private InstalledPostgreSql archiving() throws SQLException {
        Map<String, String> replaced = Map.of("/archive", archive.toString());
        InstalledPostgreSql server = InstalledPostgreSql.fresh(
                place,
                runbook.take("archive_mode", Map.of()),
                runbook.take("archive_command", replaced),
                runbook.take("archive_timeout", Map.of()));
        server.shell("mkdir " + archive);
        server.execute("duet", "CREATE ROLE duet LOGIN");
        server.execute("duet", "ALTER DATABASE duet OWNER TO duet");
        return server;
    }

    private void baseBackup(InstalledPostgreSql original) throws SQLException, IOException {
        Map<String, String> there = Map.of("/backup/$(date +%F)", base.toString());
        original.execute("duet", runbook.take("CREATE ROLE backup", Map.of()));
        original.shell(
                runbook.take("pg_basebackup", Map.of(HOST, address(original), "/backup/$(date +%F)", base.toString())));
        original.shell(runbook.take("pg_verifybackup", there));
        Awaitility.await("noted in the archive").atMost(DEADLINE).until(this::hasBackup);
        original.shell(runbook.take("pg_archivecleanup", Map.of("/archive", archive.toString())));
        assertThat(hasBackup()).isTrue();
    }

    private boolean hasBackup() throws IOException {
        try (var files = Files.list(archive)) {
            return files.anyMatch(file -> file.toString().endsWith(".backup"));
        }
    }

    private static String address(InstalledPostgreSql server) {
        return "127.0.0.1:" + server.port();
    }

    /** For Duet, which is nobody special there. */
    private static String url(InstalledPostgreSql server, String database) {
        return "jdbc:postgresql://" + address(server) + "/" + database + "?user=duet";
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

    private void addWhatWasNotArchived() throws IOException {
        try (var segments = Files.list(place.resolve("data/pg_wal"))) {
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
    }

    /** A base backup, brought forward by the archive and by what the lost server had not archived yet. */
    private InstalledPostgreSql recovered(Path backup, String... settings) {
        List<String> all = new ArrayList<>(List.of("archive_mode = off"));
        all.addAll(List.of(settings));
        return InstalledPostgreSql.on(place, backup, all.toArray(String[]::new));
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
}
