package io.duet.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.duet.config.DuetConfig;
import io.duet.conversation.ConversationsResource.NewConversation;
import io.duet.message.Talk;
import io.duet.platform.TestDatabase;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Page;
import io.duet.rest.SignedIn;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jboss.resteasy.specimpl.ResteasyUriInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ConversationsResourceDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static Conversations conversations;
    private static ConversationsResource resource;

    @BeforeAll
    static void open() {
        conversations = new Conversations(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
        resource = new ConversationsResource(conversations);
    }

    @AfterAll
    static void close() {
        conversations.close();
        DB.close();
    }

    @Test
    void theFirstToAskGets201AndEverybodyAfterwards200() {
        UUID alice = Talk.person(DB);
        UUID bob = Talk.person(DB);

        assertThat(status(alice, bob)).isEqualTo(201);
        assertThat(status(alice, bob)).isEqualTo(200);
        assertThat(status(bob, alice)).isEqualTo(200);
    }

    @Test
    void oneselfIsNoRecipientAndNobodyIsNotFound() {
        UUID alice = Talk.person(DB);

        refused(ErrorCode.RECIPIENT_INVALID, () -> status(alice, alice));
        refused(ErrorCode.NOT_FOUND, () -> status(alice, UUID.randomUUID()));
    }

    @Test
    void oneConversationIsForItsTwoPeople() {
        Talk talk = Talk.in(DB, 0);
        UUID id = talk.conversationId();

        assertThat(resource.one(id, new SignedIn(talk.alice())).peer().userId()).isEqualTo(talk.bob());
        refused(ErrorCode.NOT_FOUND, () -> resource.one(id, new SignedIn(Talk.person(DB))));
        refused(ErrorCode.NOT_FOUND, () -> resource.one(UUID.randomUUID(), new SignedIn(talk.alice())));
    }

    @Test
    void theListIsPagedByItsCursor() {
        UUID alice = Talk.person(DB);
        List<UUID> ids = Stream.generate(() -> Talk.conversation(DB, alice, Talk.person(DB)))
                .limit(7)
                .toList();

        List<UUID> seen = new ArrayList<>();
        Page<ConversationView> page = list(alice, "?limit=3");
        page.items().forEach(view -> seen.add(view.conversationId()));
        while (page.nextCursor() != null) {
            assertThat(page.items()).hasSize(3);
            page = list(alice, "?limit=3&cursor=" + page.nextCursor());
            page.items().forEach(view -> seen.add(view.conversationId()));
        }

        assertThat(page.items()).hasSize(1);
        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(ids);
        assertThat(list(alice, "?limit=7").nextCursor()).isNull();
        refused(ErrorCode.BAD_REQUEST, () -> list(alice, "?cursor=abc"));
        refused(ErrorCode.BAD_REQUEST, () -> list(alice, "?limit=0"));
    }

    private static int status(UUID user, UUID recipient) {
        try (var response = resource.open(new NewConversation(recipient), new SignedIn(user))) {
            return response.getStatus();
        }
    }

    private static Page<ConversationView> list(UUID user, String query) {
        return resource.list(
                new ResteasyUriInfo("http://duet.example/api/conversations" + query, "/api"), new SignedIn(user));
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(call)
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
    }
}
