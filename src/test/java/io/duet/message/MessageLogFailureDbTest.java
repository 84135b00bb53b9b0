package io.duet.message;

import static io.duet.message.MessageLogDbTest.outcome;
import static io.duet.message.MessageLogDbTest.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.config.DuetConfig;
import io.duet.config.TestConfig;
import io.duet.message.AppendOutcome.Stored;
import io.duet.message.AppendOutcome.Unavailable;
import io.duet.platform.Database;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The log over a connection that breaks at the worst moments. */
class MessageLogFailureDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();

    private LossyProxy proxy;
    private MessageLog log;
    private Talk talk;

    @BeforeEach
    void open() throws Exception {
        proxy = new LossyProxy(direct().getPortNumbers()[0]);
        log = log(throughProxy(), DuetConfig.defaults().messageLog());
        talk = Talk.in(DB, 2);
    }

    @AfterEach
    void close() throws Exception {
        log.close();
        proxy.close();
    }

    @AfterAll
    static void drop() {
        DB.close();
    }

    private static PGSimpleDataSource direct() {
        var source = new PGSimpleDataSource();
        source.setUrl(DB.jdbcUrl());
        source.setUser("postgres");
        return source;
    }

    private DataSource throughProxy() {
        PGSimpleDataSource source = direct();
        source.setPortNumbers(new int[] {proxy.port()});
        return source;
    }

    static MessageLog log(DataSource source, DuetConfig.MessageLog settings) {
        DuetConfig config = TestConfig.with(settings);
        return new MessageLog(new Database(source, Thread::new), config, Thread::new, new SimpleMeterRegistry());
    }

    @Test
    void whenTheAnswerToACommitGetsLostTheMessageIsThereOnceAndCountsAsNew() {
        stored(log.append(talk.fromAlice("a-1", "x")));

        proxy.loseNextAnswer();
        Stored stored = stored(log.append(talk.fromAlice("a-2", "x")));

        assertThat(proxy.answersLost()).isEqualTo(1);
        assertThat(stored.duplicate()).isFalse();
        assertThat(stored.targetDevices()).containsExactlyInAnyOrderElementsOf(talk.bobDevices());
        assertThat(sequences()).containsExactly(1L, 2L);
        assertThat(stored(log.append(talk.fromAlice("a-2", "x"))).duplicate()).isTrue();
    }

    @Test
    void whenTheAnswerToAnAcknowledgementGetsLostItIsStoredNevertheless() {
        stored(log.append(talk.fromAlice("a-1", "x")));
        acknowledge(0);

        proxy.loseNextAnswer();
        acknowledge(1);

        assertThat(proxy.answersLost()).isEqualTo(1);
        assertThat(log.pending(talk.bobDevice(), Position.START, 10)).isEmpty();
    }

    private void acknowledge(long sequence) {
        var ack = new Acknowledgement.UpTo(talk.bobDevice(), talk.bob(), talk.conversationId(), sequence);
        assertThat(log.acknowledge(ack).toCompletableFuture())
                .succeedsWithin(Duration.ofSeconds(20))
                .isInstanceOf(AckOutcome.Delivered.class);
    }

    @Test
    void whenTheWritersBackendIsTerminatedInTheMiddleTheMessageIsStoredOnce() {
        stored(log.append(talk.fromAlice("a-1", "x")));

        CompletionStage<AppendOutcome> answer = DB.database().query(connection -> {
            connection.setAutoCommit(false);
            try (var lock = connection.createStatement()) {
                lock.execute("SELECT 1 FROM conversations WHERE conversation_id = '" + talk.conversationId()
                        + "' FOR UPDATE");
                CompletionStage<AppendOutcome> waiting = log.append(talk.fromAlice("a-2", "x"));
                await().until(() -> terminateWhatWaitsForLocks(connection) > 0);
                connection.commit();
                return waiting;
            } finally {
                connection.setAutoCommit(true);
            }
        });

        assertThat(stored(answer).duplicate()).isFalse();
        assertThat(sequences()).containsExactly(1L, 2L);
    }

    private static long terminateWhatWaitsForLocks(Connection connection) throws java.sql.SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("""
                        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'""")) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void whileTheNetworkIsDownSendsAreUnavailableAndAfterwardsTheyWorkAgain() {
        log.close();
        log = log(throughProxy(), new DuetConfig.MessageLog(1, 256, 100, Duration.ofSeconds(4)));
        stored(log.append(talk.fromAlice("a-1", "x")));

        proxy.down();
        assertThat(outcome(log.append(talk.fromAlice("a-2", "x"))))
                .isInstanceOfSatisfying(
                        Unavailable.class,
                        unavailable -> assertThat(unavailable.retryAfter()).isPositive());
        assertThat(sequencesDirectly()).containsExactly(1L);

        CompletionStage<AppendOutcome> duringTheOutage = log.append(talk.fromAlice("a-3", "x"));
        proxy.up();
        assertThat(stored(duringTheOutage).message().sequenceNumber()).isEqualTo(2);
        assertThat(stored(log.append(talk.fromAlice("a-2", "x"))).message().sequenceNumber())
                .isEqualTo(3);
    }

    @Test
    void aDatabaseThatFallsSilentCannotHoldTheWriter() {
        log.close();
        log = log(throughProxy(), new DuetConfig.MessageLog(1, 256, 100, Duration.ofSeconds(2)));
        stored(log.append(talk.fromAlice("a-1", "x")));

        proxy.silence();
        assertThat(outcome(log.append(talk.fromAlice("a-2", "x")))).isInstanceOf(Unavailable.class);
        proxy.up();

        // The same draft again, as a client would do it: whether the silent attempt was stored or not, it is there
        // once.
        await().until(() -> outcome(log.append(talk.fromAlice("a-2", "x"))) instanceof Stored);
        assertThat(sequences()).containsExactly(1L, 2L);
    }

    private List<Long> sequences() {
        return sequences(log);
    }

    private List<Long> sequencesDirectly() {
        try (MessageLog other = log(direct(), DuetConfig.defaults().messageLog())) {
            return sequences(other);
        }
    }

    private List<Long> sequences(MessageLog from) {
        return from.history(talk.conversationId(), new Range.After(0), 100).stream()
                .map(StoredMessage::sequenceNumber)
                .toList();
    }
}
