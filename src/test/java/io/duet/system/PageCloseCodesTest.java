package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.WebSocketRoute;
import io.duet.system.client.Duet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the page does when the server closes the door, by close code: never a loop, never a loss. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageCloseCodesTest {

    private static final long TEN_MINUTES_MS = 600_000;

    @Test
    void asksForASignInWhenTheSessionWasRevokedAndLosesNothing(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("before");
        anna.awaitProgress("before", "delivered");
        anna.expect("status of 401");
        anna.ofClient("client.rest.delete('sessions')");
        assertThat(anna.page().locator("#notice")).hasText("Your session has ended. Please sign in again.");
        anna.photograph("session-ended");
        anna.signIn("not the password");
        assertThat(anna.page().locator("#sign-in .form-error")).hasText("Username or password is not right.");
        anna.signIn(Visitor.PASSWORD);
        anna.open(ben);
        anna.write("after");
        anna.awaitProgress("after", "delivered");
        anna.awaitMessages(List.of("before", "after"));
    }

    @Test
    void comesBackAsANewDeviceWhenItsDeviceWasRemoved(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        String device = device(anna);
        anna.ofClient("client.rest.delete('devices/" + device + "')");
        await().atMost(Visitor.DEADLINE).until(() -> device(anna), now -> now != null && !now.equals(device));
        anna.awaitConnected();
        anna.write("from the new device");
        anna.awaitProgress("from the new device", "delivered");
    }

    private static String device(Visitor visitor) {
        return (String) visitor.ofClient("client.parts.device.id()");
    }

    @Test
    void endsWhenTheServerRefusesEveryTokenAndDoesNotLoop(Visitors visitors) {
        List<WebSocketRoute> attempts = new ArrayList<>();
        Visitor anna = routed(visitors, attempts, socket -> close(socket, 4401));
        assertThat(anna.page().locator("#notice")).hasText("Your session has ended. Please sign in again.");
        assertThat(attempts).hasSizeBetween(1, 4);
        assertNoFurtherAttempt(anna, attempts);
    }

    @ParameterizedTest
    @ValueSource(ints = {4409, 4400, 1009})
    void staysAwayUntilThePersonAsks(int code, Visitors visitors) {
        List<WebSocketRoute> attempts = new ArrayList<>();
        Visitor anna = routed(visitors, attempts, socket -> close(socket, code));
        anna.awaitState(code == 4409 ? "displaced" : "refused");
        assertThat(anna.banner()).isVisible();
        assertThat(attempts).hasSize(1);
        assertNoFurtherAttempt(anna, attempts);
        if (code == 4409) {
            anna.button("Use here").click();
            await().atMost(Visitor.DEADLINE).until(() -> {
                anna.page().evaluate("0");
                return attempts.size() == 2;
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1013, 1001, 4408, 1011})
    void comesBackEverMoreSeldom(int code, Visitors visitors) {
        List<WebSocketRoute> attempts = new ArrayList<>();
        Visitor anna = routed(visitors, attempts, socket -> close(socket, code));
        anna.awaitState("waiting");
        anna.page().clock().runFor(TEN_MINUTES_MS);
        anna.page().evaluate("0");
        assertThat(attempts).as("attempts in ten minutes").hasSizeBetween(8, 40);
    }

    /** The clock of the page stands still from here on, and moves by {@code runFor}. */
    private static void assertNoFurtherAttempt(Visitor visitor, List<WebSocketRoute> attempts) {
        int before = attempts.size();
        visitor.page().clock().runFor(TEN_MINUTES_MS);
        visitor.page().evaluate("0");
        assertThat(attempts).hasSize(before);
    }

    /** Somebody signed in, whose connections are closed as soon as they say {@code connect}. */
    private static Visitor routed(Visitors visitors, List<WebSocketRoute> attempts, Consumer<WebSocketRoute> answer) {
        Visitor anna = visitors.registered("anna");
        anna.page().close();
        anna.profile().routeWebSocket("**/chat", socket -> {
            attempts.add(socket);
            socket.onMessage(frame -> answer.accept(socket));
        });
        anna.profile().clock().install();
        anna.visit();
        return anna;
    }

    private static void close(WebSocketRoute socket, int code) {
        socket.close(new WebSocketRoute.CloseOptions().setCode(code).setReason(""));
    }

    @Test
    void asksForWhatAProxyLostAndShowsItOnceInOrder(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.newcomer("ben");
        List<String> said = new ArrayList<>();
        ben.profile().routeWebSocket("**/chat", socket -> {
            WebSocketRoute server = socket.connectToServer();
            socket.onMessage(frame -> {
                said.add(frame.text());
                server.send(frame.text());
            });
            server.onMessage(frame -> lie(socket, frame.text(), said));
        });
        ben.visit();
        ben.register();
        anna.begin(ben);
        List<String> contents = List.of("kept 1", "lost 2", "lost 3", "kept 4", "twice 5", "kept 6");
        for (String content : contents) {
            anna.write(content);
        }
        anna.awaitProgress("kept 6", "delivered");
        ben.open(anna);
        ben.awaitMessages(contents);
        assertThat(said).anyMatch(frame -> frame.contains("\"sync\"") && frame.contains("\"after_sequence\":1"));
        assertThat(ben.row(anna).locator(".badge")).isHidden();
        ben.page().reload();
        ben.awaitMessages(contents);
    }

    /** Swallows what is to be lost until the client has asked for it, and says other things twice. */
    private static void lie(WebSocketRoute page, String frame, List<String> said) {
        boolean asked = said.stream().anyMatch(text -> text.contains("\"sync\""));
        if (frame.contains("\"new_message\"") && frame.contains("lost") && !asked) {
            return;
        }
        page.send(frame);
        if (frame.contains("\"new_message\"") && frame.contains("twice")) {
            page.send(frame);
        }
    }

    /** On a server of its own: the times of the brisk one ask too much of a browser on a busy machine. */
    @Test
    void renewsTheTokenOnTheLiveConnection(Visitors visitors) {
        try (TestServer server = TestServer.start(Map.of("duet.tokens.lifetime", "PT12S"))) {
            Visitor anna = visitors.newcomer("anna", server.http("/"));
            List<String> said = new ArrayList<>();
            List<String> sockets = new ArrayList<>();
            anna.profile()
                    .onPage(page -> page.onWebSocket(socket -> {
                        sockets.add(socket.url());
                        socket.onFrameSent(frame -> said.add(frame.text()));
                    }));
            anna.visit();
            anna.register();
            Visitor ben = visitors.registered("ben", server.http("/"));
            anna.begin(ben);
            String first = (String) anna.ofClient("client.token");
            said.clear();
            long renewals = 2;
            await().atMost(Visitor.DEADLINE).until(() -> {
                anna.page().evaluate("0");
                return said.stream()
                                .filter(frame -> frame.contains("\"authenticate\""))
                                .count()
                        >= renewals;
            });
            assertThat(sockets).as("connections").hasSize(1);
            assertThat(anna.ofClient("client.token")).isNotEqualTo(first);
            assertThat(anna.ofClient("JSON.parse(localStorage['duet.session']).token === client.token"))
                    .as("kept for a reload")
                    .isEqualTo(true);
            anna.write("long after the first token's end");
            anna.awaitProgress("long after the first token's end", "delivered");
            visitors.close();
        }
    }

    @Test
    void signsOutInAllTabsAndLeavesNothing(Visitors visitors, Duet duet) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("a secret");
        anna.awaitProgress("a secret", "delivered");
        Page first = anna.page();
        anna.visit();
        anna.awaitConnected();
        String token = (String) anna.ofClient("client.token");
        anna.signOutAfter(first);
        assertThat(anna.page().locator("#notice")).containsText("You are signed out.");
        assertThat(duet.rest().get("/api/users/me", token).status())
                .as("the session has ended")
                .isEqualTo(401);
        await().atMost(Visitor.DEADLINE)
                .until(() -> anna.page()
                        .evaluate("indexedDB.databases().then(all => all.length)")
                        .equals(0));
        assertThat((String) anna.page().evaluate("JSON.stringify(localStorage)"))
                .contains("duet.last-username")
                .doesNotContain("token", "secret", "draft");
    }
}
