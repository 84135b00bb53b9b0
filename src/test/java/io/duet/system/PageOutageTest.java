package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is written while the network or the server is away is sent later, once and in order. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageOutageTest {

    @Test
    void sendsWhatWasWrittenWhileTheServerWasDown(Visitors visitors) {
        try (TestServer server = TestServer.start(Map.of())) {
            Visitor anna = visitors.registered("anna", server.http("/"));
            Visitor ben = visitors.registered("ben", server.http("/"));
            Stream.of(anna, ben).forEach(visitor -> visitor.expect(Visitor.NO_SERVER));
            anna.begin(ben);
            anna.write("before the crash");
            ben.open(anna);
            anna.awaitProgress("before the crash", "read");

            server.kill();
            assertThat(anna.banner()).containsText("No connection");
            anna.write("written without a server, 1");
            anna.write("written without a server, 2");
            anna.awaitProgress("written without a server, 2", "sending");
            anna.photograph("server-down");

            server.restart();
            List<String> all =
                    List.of("before the crash", "written without a server, 1", "written without a server, 2");
            Stream.of(anna, ben).forEach(PageOutageTest::reconnectNow);
            anna.awaitProgress("written without a server, 2", "read");
            anna.awaitMessages(all);
            ben.awaitMessages(all);
            anna.page().reload();
            anna.awaitMessages(all);
            visitors.close();
        }
    }

    private static void reconnectNow(Visitor visitor) {
        Page page = visitor.page();
        await().atMost(Visitor.DEADLINE).until(() -> {
            page.evaluate("dispatchEvent(new Event('online'))");
            return visitor.banner().isHidden();
        });
    }

    @Test
    void keepsWhatIsWrittenOfflineOverAReloadOfTheTab(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("one");
        anna.awaitProgress("one", "delivered");
        anna.expect(Visitor.NO_SERVER);
        anna.goOffline(true);
        // Chromium's own offline mode spares connections that are open
        anna.ofClient("client.parts.connection.restart()");
        assertThat(anna.banner()).containsText("You are offline. What you write is sent later.");
        anna.write("two");
        anna.write("three");
        assertThat(anna.messages()).hasCount(3);
        anna.page().close();

        anna.goOffline(false);
        anna.visit();
        anna.open(ben);
        anna.awaitProgress("three", "delivered");
        anna.awaitMessages(List.of("one", "two", "three"));
        ben.open(anna);
        ben.awaitMessages(List.of("one", "two", "three"));
    }

    @Test
    void tellsWhatTheServerRefusedAndSendsItAgainWhenAsked(Visitors visitors) {
        Visitor anna = visitors.newcomer("anna");
        boolean[] refuse = {true};
        anna.profile().routeWebSocket("**/chat", socket -> {
            var server = socket.connectToServer();
            socket.onMessage(frame -> {
                if (refuse[0] && frame.text().contains("\"send_message\"")) {
                    socket.send(refusalOf(frame.text()));
                } else {
                    server.send(frame.text());
                }
            });
        });
        anna.visit();
        anna.register();
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("not today");
        anna.write("nor this");
        anna.awaitProgress("not today", "failed");
        anna.awaitProgress("nor this", "failed");
        assertThat(anna.message("not today")).containsText("Not sent: the message has characters that cannot be sent.");
        anna.page().reload();
        anna.awaitProgress("not today", "failed");
        anna.photograph("refused");

        refuse[0] = false;
        anna.message("not today").getByText("Try again").click();
        anna.awaitProgress("not today", "delivered");
        anna.message("nor this").getByText("Remove").click();
        anna.awaitMessages(List.of("not today"));
        ben.open(anna);
        ben.awaitMessages(List.of("not today"));
    }

    private static String refusalOf(String frame) {
        String id = frame.replaceAll(".*\"client_message_id\":\"([^\"]+)\".*", "$1");
        return "{\"event\":\"error\",\"code\":\"content_invalid\",\"message\":\"no\",\"retryable\":false,"
                + "\"action\":\"send_message\",\"client_message_id\":\"" + id + "\"}";
    }
}
