package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code <duet-chat>} in somebody else's page, by one script tag and a token, under a policy that allows next to nothing. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageEmbeddedTest {

    private static final String PAGE = """
            <!doctype html><html lang="en"><head><title>Intranet</title><script type="module" src="%sduet-chat.js"></script></head>
            <body><h1>Intranet</h1><duet-chat token="%s" peer="%s" theme="dark"></duet-chat></body></html>
            """;

    private static Page intranet(Visitor visitor, String origin, String duet, String body) {
        String policy = "default-src 'none'; script-src " + duet + "; connect-src " + duet + " "
                + duet.replace("http:", "ws:") + "; require-trusted-types-for 'script'";
        // A browser asks before a page of the internet, which it takes this one for, calls the machine itself
        visitor.profile().grantPermissions(List.of("local-network-access"));
        visitor.profile()
                .route(
                        origin + "/**",
                        route -> route.fulfill(new Route.FulfillOptions()
                                .setContentType("text/html")
                                .setHeaders(Map.of("Content-Security-Policy", policy))
                                .setBody(body)));
        Page page = visitor.profile().newPage();
        page.navigate(origin + "/");
        visitor.use(page);
        return page;
    }

    @Test
    void talksFromAPageOfAnAllowedOrigin(Visitors visitors, Duet duet) throws Exception {
        Person anna = duet.register();
        Person ben = duet.register();
        Visitor visitor = visitors.newcomer("anna");
        visitor.expect("favicon.ico");
        String server = duet.base().resolve("/").toString();
        try (DuetClient peer = ben.online()) {
            Page page = intranet(
                    visitor, SharedServers.ALLOWED_ORIGIN, server, PAGE.formatted(server, anna.token(), ben.userId()));
            assertThat(page.locator(".peer h2")).hasText(ben.username());
            visitor.write("from the intranet");
            visitor.awaitProgress("from the intranet", "sent");
            UUID conversation = anna.conversationWith(ben);
            peer.expect("new_message");
            peer.ackUpTo(conversation, 1);
            visitor.awaitProgress("from the intranet", "delivered");
            page.evaluate("() => { window.unread = []; document.querySelector('duet-chat')"
                    + ".addEventListener('duet-unread', ({ detail }) => window.unread.push(detail)); }");
            visitor.page().keyboard().press("Escape");
            peer.say(conversation, "an answer");
            await().atMost(Visitor.DEADLINE)
                    .until(() -> page.evaluate("window.unread").equals(List.of(1)));
            assertThat(page.locator("duet-chat")).hasCSS("color-scheme", "dark");
            visitor.photograph("embedded");

            page.evaluate("document.querySelector('duet-chat').remove()");
            peer.expect("presence", presence -> !presence.get("online").asBoolean());
        }
    }

    @Test
    void getsNothingOnAPageOfAnotherOrigin(Visitors visitors, Duet duet) {
        Person anna = duet.register();
        Visitor visitor = visitors.newcomer("anna");
        visitor.expect("CORS policy|net::ERR_FAILED|favicon.ico|status of 403|WebSocket connection");
        String server = duet.base().resolve("/").toString();
        Page page = intranet(
                visitor, "https://elsewhere.example", server, PAGE.formatted(server, anna.token(), anna.userId()));
        assertThat(page.locator("duet-chat .banner")).containsText("The server cannot be reached.");
        assertThat(page.locator(".conversation")).hasCount(0);
    }

    @Test
    void notifiesOfAMessageWhenNobodyLooks(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        ben.page().close();
        ben.profile().addInitScript("""
                Object.defineProperty(document, 'visibilityState', { get: () => window.looking ? 'visible' : 'hidden' });
                window.shown = [];
                window.Notification = class {
                  static permission = 'granted';
                  constructor(title, { body }) { window.shown.push(title + ': ' + body); this.close = () => {}; window.latest = this; }
                };""");
        ben.visit();
        ben.awaitConnected();
        anna.begin(ben);
        anna.write("Are you there?");
        await().atMost(Visitor.DEADLINE)
                .until(() -> ben.page().evaluate("window.shown").equals(List.of(anna.username() + ": Are you there?")));
        assertThat(ben.page()).hasTitle("(1) Duet");
        ben.page()
                .evaluate(
                        "() => { window.looking = true; document.dispatchEvent(new Event('visibilitychange')); window.latest.onclick(); }");
        assertThat(ben.page().locator(".peer h2")).hasText(anna.username());
        anna.awaitProgress("Are you there?", "read");
        anna.write("Good");
        assertThat(ben.message("Good")).isVisible();
        assertThat((List<?>) ben.page().evaluate("window.shown")).hasSize(1);
    }
}
