package io.duet.message;

import static io.duet.message.MessageLogDbTest.outcome;
import static io.duet.message.MessageLogDbTest.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.config.DuetConfig;
import io.duet.message.AppendOutcome.Stored;
import io.duet.platform.Database;
import io.duet.platform.FreePorts;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** The log while PostgreSQL is stopped, killed and started again. */
class PostgresRestartDbTest {
    @TempDir
    Path directory;

    private int port;
    private EmbeddedPostgres postgres;
    private Database database;
    private MessageLog log;
    private Talk talk;

    @BeforeEach
    void open() throws Exception {
        port = FreePorts.one();
        postgres = start();
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setUser("postgres");
        source.setDatabaseName("postgres");
        database = new Database(source, Thread::new);
        database.migrate();
        talk = Talk.in(source, 1);
        log = MessageLogFailureDbTest.log(source, new DuetConfig.MessageLog(2, 256, 8192, Duration.ofSeconds(60)));
    }

    @AfterEach
    void close() throws IOException {
        log.close();
        database.close();
        postgres.close();
    }

    private EmbeddedPostgres start() throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "off") // the careless operator
                .setPGStartupWait(Duration.ofSeconds(60))
                .start();
    }

    @Test
    void sendsDuringARestartAreStoredOnceEach() throws Exception {
        stored(log.append(talk.fromAlice("before", "x")));

        postgres.close();
        CompletionStage<AppendOutcome> during = log.append(talk.fromAlice("during", "x"));
        postgres = start();

        assertThat(stored(during).duplicate()).isFalse();
        assertThat(stored(log.append(talk.fromAlice("before", "x"))).duplicate())
                .isTrue();
        assertThat(sequences()).containsExactly(1L, 2L);
    }

    @Test
    void aCrashInTheMiddleOfTheTrafficLosesAndDoublesNothing() throws Exception {
        Map<String, CompletionStage<AppendOutcome>> answers = new LinkedHashMap<>();
        for (int i = 0; i < 2000; i++) {
            String id = "a-" + i;
            answers.put(id, log.append(talk.fromAlice(id, "x")));
            if (i == 1000) {
                await().until(() -> answers.get("a-10").toCompletableFuture().isDone());
                kill();
                postgres = start();
            }
        }

        List<UUID> confirmed = new ArrayList<>();
        for (var answer : answers.entrySet()) {
            AppendOutcome first = outcome(answer.getValue());
            Stored again = stored(log.append(talk.fromAlice(answer.getKey(), "x")));
            if (first instanceof Stored stored) {
                confirmed.add(stored.message().messageId());
                assertThat(again.message()).isEqualTo(stored.message());
            }
        }
        List<StoredMessage> all = log.history(talk.conversationId(), new Range.After(0), 5000);
        assertThat(all)
                .extracting(StoredMessage::sequenceNumber)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 2000).boxed().toList());
        assertThat(all).extracting(StoredMessage::messageId).containsAll(confirmed);
        assertThat(all)
                .extracting(StoredMessage::clientMessageId)
                .containsExactlyInAnyOrderElementsOf(answers.keySet());
    }

    /** kill -9 of every process of PostgreSQL. */
    private void kill() throws IOException {
        Path pidFile = directory.resolve("data").resolve("postmaster.pid");
        var postmaster = ProcessHandle.of(
                        Long.parseLong(Files.readAllLines(pidFile).get(0).strip()))
                .orElseThrow();
        List<ProcessHandle> family =
                Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
        family.forEach(ProcessHandle::destroyForcibly);
        await().atMost(Duration.ofSeconds(30)).until(() -> family.stream().noneMatch(ProcessHandle::isAlive));
        postgres.close(); // finds nothing to stop, but gives up its lock on the directory
    }

    private List<Long> sequences() {
        return log.history(talk.conversationId(), new Range.After(0), 100).stream()
                .map(StoredMessage::sequenceNumber)
                .toList();
    }
}
