package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** 10,000 conversations, and 100,000 messages in one: the document stays small, and the page quick. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageScaleTest {

    private static final int CONVERSATIONS = 10_000;
    private static final int MESSAGES = 100_000;

    /** Far above what a frame may take, far below what a person would call stuck; machines of tests are busy. */
    private static final double LONGEST_TASK_MS = 1_500;

    private static final String LISTED = "document.querySelector('duet-chat').client.conversations.list().length";

    private static final String PEOPLE = """
            INSERT INTO users (user_id, username, email)
            SELECT gen_random_uuid(), 'crowd.' || lpad(n::text, 5, '0'), 'crowd' || n || '@example.org'
            FROM generate_series(1, %d) n;
            """;
    private static final String CONVERSATIONS_OF = """
            INSERT INTO conversations (conversation_id, participant_1, participant_2, updated_at, last_sequence, sent_by_1, sent_by_2)
            SELECT gen_random_uuid(), least(me.user_id, peer.user_id), greatest(me.user_id, peer.user_id),
                   now() - interval '1 day' - right(peer.username, 5)::int * interval '1 minute', 1,
                   (peer.user_id < me.user_id)::int, (peer.user_id > me.user_id)::int
            FROM users me, users peer WHERE me.username = '%s' AND peer.username LIKE 'crowd.%%';
            INSERT INTO messages (message_id, conversation_id, sender_id, client_message_id, content, sequence_number, created_at)
            SELECT gen_random_uuid(), c.conversation_id, peer.user_id, 'c', 'Hello from ' || peer.username, 1, c.updated_at
            FROM users me JOIN conversations c ON me.user_id IN (c.participant_1, c.participant_2)
            JOIN users peer ON peer.user_id IN (c.participant_1, c.participant_2) AND peer.username LIKE 'crowd.%%'
            WHERE me.username = '%s';
            INSERT INTO read_receipts (user_id, conversation_id)
            SELECT unnest(ARRAY[c.participant_1, c.participant_2]), c.conversation_id
            FROM users me JOIN conversations c ON me.user_id IN (c.participant_1, c.participant_2) WHERE me.username = '%s'
            ON CONFLICT DO NOTHING;
            """;
    private static final String LONG_TALK = """
            INSERT INTO messages (message_id, conversation_id, sender_id, client_message_id, content, sequence_number, created_at)
            SELECT gen_random_uuid(), c.conversation_id, CASE n %% 2 WHEN 0 THEN c.participant_1 ELSE c.participant_2 END, 'long-' || n,
                   'message ' || n || CASE n %% 7 WHEN 0 THEN repeat(' and some more words', 20) ELSE '' END, n,
                   now() - (%d - n) * interval '1 minute'
            FROM conversations c, generate_series(2, %d) n WHERE c.conversation_id = '%s';
            UPDATE conversations SET last_sequence = %d, sent_by_1 = %d, sent_by_2 = %d WHERE conversation_id = '%s';
            """;

    @Test
    void staysFluid(Visitors visitors) throws Exception {
        try (TestServer server = TestServer.start(Map.of())) {
            Visitor anna = visitors.registered("anna", server.http("/"));
            Visitor ben = visitors.registered("ben", server.http("/"));
            anna.begin(ben);
            anna.write("message 1");
            anna.awaitProgress("message 1", "delivered");
            String id = (String) anna.ofClient("client.conversations.list()[0].conversation_id");
            anna.page().close();
            ben.page().close();
            fill(server, anna, id);

            Visitor crowded = visitors.anotherDeviceOf(anna, server.http("/"));
            crowded.page().evaluate("""
                    () => {
                      window.longest = 0;
                      new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) =>
                        window.longest = Math.max(window.longest, duration))).observe({ type: 'longtask' });
                    }""");
            theListScrolls(crowded);
            theConversationScrolls(crowded, ben);
            assertThat(number(crowded.page(), "window.longest"))
                    .as("longest task, ms")
                    .isLessThan(LONGEST_TASK_MS);
            visitors.close();
        }
    }

    private static void fill(TestServer server, Visitor anna, String longConversation)
            throws IOException, SQLException {
        String port = Files.readAllLines(server.data().resolve("postgresql/postmaster.pid"))
                .get(3);
        String url = "jdbc:postgresql://127.0.0.1:" + port.strip() + "/duet?user=postgres";
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            statement.execute(PEOPLE.formatted(CONVERSATIONS));
            statement.execute(CONVERSATIONS_OF.formatted(anna.username(), anna.username(), anna.username()));
            statement.execute(LONG_TALK.formatted(
                    MESSAGES, MESSAGES, longConversation, MESSAGES, MESSAGES / 2, MESSAGES / 2, longConversation));
            statement.execute("ANALYZE");
        }
    }

    private static void theListScrolls(Visitor visitor) {
        Page page = visitor.page();
        double before = number(page, LISTED);
        page.locator(".conversations").evaluate("list => list.scrollTop = list.scrollHeight");
        await().atMost(Visitor.DEADLINE).until(() -> number(page, LISTED) > before);
        visitor.ofClient(
                "(client.conversations.more(client.conversations.list().length + 1), client.conversations.more(20000))");
        assertThat(number(page, LISTED)).isEqualTo(CONVERSATIONS + 1);
        page.locator(".conversations").evaluate("list => list.scrollTop = list.scrollHeight");
        assertThat(page.getByText("Hello from crowd.10000")).isVisible();
        assertThat(page.locator(".conversation").count())
                .as("rows in the document")
                .isLessThan(60);
        page.locator(".conversations").evaluate("list => list.scrollTop = 68 * 5000");
        assertThat(page.getByText("Hello from crowd.05000")).isVisible();
        page.getByText("Hello from crowd.05000").click();
        assertThat(visitor.message("Hello from crowd.05000")).isVisible();
        page.locator(".conversation:focus, .conversation[aria-current]").first().press("End");
        assertThat(page.getByText("Hello from crowd.10000")).isVisible();
        page.locator(".conversations").evaluate("list => list.scrollTop = 0");
    }

    private static void theConversationScrolls(Visitor visitor, Visitor peer) {
        Page page = visitor.page();
        visitor.open(peer);
        page.locator(".to-newest")
                .or(visitor.message("message " + MESSAGES))
                .first()
                .waitFor();
        if (page.locator(".to-newest").isVisible()) {
            page.locator(".to-newest").click();
        }
        assertThat(visitor.message("message " + MESSAGES)).isInViewport();
        await().atMost(Visitor.DEADLINE).until(() -> {
            visitor.scroll().evaluate("scroll => scroll.scrollTop = 0");
            return number(page, firstShown()) < MESSAGES - 2_000;
        });
        assertThat(visitor.messages().count()).as("rows in the document").isLessThan(400);
        page.locator(".to-newest").click();
        assertThat(visitor.message("message " + MESSAGES)).isInViewport();
        visitor.write("still quick");
        assertThat(visitor.message("still quick")).isInViewport();
    }

    private static String firstShown() {
        return "Number(document.querySelector('duet-chat').shadowRoot.querySelector('[data-sequence]').dataset.sequence)";
    }

    private static double number(Page page, String expression) {
        return ((Number) page.evaluate(expression)).doubleValue();
    }
}
