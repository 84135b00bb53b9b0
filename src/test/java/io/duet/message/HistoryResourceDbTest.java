package io.duet.message;

import static io.duet.message.MessageLogDbTest.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.duet.config.DuetConfig;
import io.duet.conversation.Conversations;
import io.duet.platform.TestDatabase;
import io.duet.protocol.ErrorCode;
import io.duet.protocol.ServerFrame.NewMessage;
import io.duet.rest.ApiException;
import io.duet.rest.Page;
import io.duet.rest.SignedIn;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jboss.resteasy.specimpl.ResteasyUriInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HistoryResourceDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static Conversations conversations;
    private static MessageLog log;
    private static Talk talk;

    @BeforeAll
    static void open() {
        var meters = new SimpleMeterRegistry();
        conversations = new Conversations(DB.database(), DuetConfig.defaults(), Thread::new, meters);
        log = new MessageLog(DB.database(), DuetConfig.defaults(), Thread::new, meters);
        talk = Talk.in(DB, 1);
        for (int i = 1; i <= 205; i++) {
            stored(log.append(i % 2 == 0 ? talk.fromBob("b-" + i, "x") : talk.fromAlice("a-" + i, "x")));
        }
    }

    @AfterAll
    static void close() {
        log.close();
        conversations.close();
        DB.close();
    }

    @Test
    void bothWaysAndWithinTheLimits() {
        assertThat(sequences("")).hasSize(50).startsWith(205L, 204L);
        assertThat(sequences("?limit=1000")).hasSize(200).startsWith(205L);
        assertThat(sequences("?before_sequence=3")).containsExactly(2L, 1L);
        assertThat(sequences("?before_sequence=0")).isEmpty();
        assertThat(sequences("?after_sequence=203&limit=1")).containsExactly(204L);
        assertThat(sequences("?after_sequence=9007199254740991")).isEmpty();
    }

    @Test
    void onlyOnesOwnMessagesShowTheirClientMessageId() {
        List<NewMessage> items =
                history(talk.alice(), talk.conversationId(), "?limit=2").items();

        assertThat(items.get(0).clientMessageId()).contains("a-205");
        assertThat(items.get(1).clientMessageId()).isEmpty();
    }

    @Test
    void whatIsNotRightIsRefused() {
        refused(ErrorCode.BAD_REQUEST, () -> sequences("?before_sequence=1&after_sequence=1"));
        refused(ErrorCode.BAD_REQUEST, () -> sequences("?before_sequence=-1"));
        refused(ErrorCode.BAD_REQUEST, () -> sequences("?limit=abc"));
        refused(ErrorCode.NOT_FOUND, () -> history(Talk.person(DB), talk.conversationId(), ""));
        refused(ErrorCode.NOT_FOUND, () -> history(talk.alice(), UUID.randomUUID(), ""));
    }

    @Test
    void theStatusIsForTheSender() {
        UUID first =
                log.history(talk.conversationId(), new Range.After(0), 1).get(0).messageId();
        var status = new StatusResource(log);

        assertThat(status.status(first, new SignedIn(talk.alice())).items()).hasSize(1);
        refused(ErrorCode.NOT_FOUND, () -> status.status(first, new SignedIn(talk.bob())));
        refused(ErrorCode.NOT_FOUND, () -> status.status(UUID.randomUUID(), new SignedIn(talk.alice())));
    }

    private static List<Long> sequences(String query) {
        return history(talk.alice(), talk.conversationId(), query).items().stream()
                .map(NewMessage::sequenceNumber)
                .toList();
    }

    private static Page<NewMessage> history(UUID reader, UUID conversation, String query) {
        return new HistoryResource(log, conversations)
                .history(
                        conversation,
                        new ResteasyUriInfo("http://duet.example/api/messages" + query, "/api"),
                        new SignedIn(reader));
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(call)
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
    }
}
