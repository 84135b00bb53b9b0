package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Page;
import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Several tabs of one browser profile use one connection; another program on the same device takes it only for a while. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageTabsTest {

    @Test
    void tabsShareOneConnectionAndAnyMayBeClosed(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("from the first tab");
        anna.awaitProgress("from the first tab", "delivered");
        Page first = anna.page();
        List<String> sockets = socketsOf(anna);
        Page second = anna.visit();
        anna.awaitConnected();
        anna.open(ben);
        anna.write("from the second tab");
        anna.awaitProgress("from the second tab", "delivered");
        ben.open(anna);
        ben.composer().pressSequentially("typ");
        assertThat(anna.page().locator(".peer-state")).hasText("typing …");
        ben.write("to both tabs");
        ben.awaitProgress("to both tabs", "read");
        List<String> all = List.of("from the first tab", "from the second tab", "to both tabs");
        for (Page tab : List.of(first, second)) {
            anna.use(tab);
            anna.awaitMessages(all);
            assertThat(anna.row(ben).locator(".badge")).isHidden();
        }
        anna.use(second);
        assertThat(sockets).as("the second tab needed no connection").isEmpty();

        first.close();
        await().atMost(Visitor.DEADLINE).until(() -> {
            second.evaluate("0");
            return sockets.size() == 1;
        });
        anna.awaitConnected();
        anna.write("after the first was closed");
        anna.awaitProgress("after the first was closed", "read");
        assertThat(sockets).hasSize(1);
    }

    /** Those that are opened from now on. */
    private static List<String> socketsOf(Visitor visitor) {
        List<String> sockets = new ArrayList<>();
        visitor.profile().onPage(page -> page.onWebSocket(socket -> sockets.add(socket.url())));
        return sockets;
    }

    @Test
    void aTabThatDoesNotLeadNeverShowsAMessageTwice(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.visit();
        anna.awaitConnected();
        anna.open(ben);
        assertThat((Boolean) anna.ofClient("client.leads")).isFalse();
        anna.page().evaluate("""
                () => {
                  window.twice = [];
                  const { shadowRoot } = document.querySelector('duet-chat');
                  const look = () => {
                    const shown = [...shadowRoot.querySelectorAll('.messages .message .text')].map((text) => text.textContent);
                    if (new Set(shown).size < shown.length) window.twice.push(shown);
                  };
                  new MutationObserver(look).observe(shadowRoot, { childList: true, subtree: true });
                }""");
        for (String content : List.of("one", "two", "three")) {
            anna.write(content);
            anna.awaitProgress(content, "delivered");
        }
        anna.awaitMessages(List.of("one", "two", "three"));
        assertThat(anna.page().evaluate("window.twice")).isEqualTo(List.of());
    }

    @Test
    void takesOverFromAFrozenTab(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        Page first = anna.page();
        Page second = anna.visit();
        anna.awaitConnected();
        anna.open(ben);
        var frozen = new JsonObject();
        frozen.addProperty("state", "frozen");
        anna.profile().newCDPSession(first).send("Page.setWebLifecycleState", frozen);

        anna.use(second);
        anna.write("the other tab sleeps");
        anna.awaitProgress("the other tab sleeps", "delivered");
    }

    @Test
    void takesTheConnectionFromATabThatDoesNotAnswer(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        Page first = anna.page();
        Page second = anna.visit();
        anna.awaitConnected();
        anna.open(ben);
        // A tab that hangs: it holds the lock and the socket, and does nothing
        var debugger = anna.profile().newCDPSession(first);
        debugger.send("Debugger.enable");
        debugger.send("Debugger.pause");
        anna.use(second);
        anna.write("it hangs");
        anna.awaitProgress("it hangs", "delivered");
        await().atMost(Visitor.DEADLINE)
                .until(() -> (Boolean) second.evaluate("document.querySelector('duet-chat').client.leads"));
        debugger.send("Debugger.disable");
        await().atMost(Visitor.DEADLINE)
                .until(() -> !(Boolean) first.evaluate("document.querySelector('duet-chat').client.leads"));
        anna.write("and again");
        anna.awaitProgress("and again", "delivered");
    }

    @Test
    void asksWhetherToUseItHereWhenTheDeviceIsConnectedElsewhere(Visitors visitors, Duet duet) throws Exception {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        String device = (String) anna.ofClient("client.parts.device.id()");
        String token = (String) anna.ofClient("client.token");
        try (DuetClient elsewhere = new DuetClient(duet.chat().open(), frame -> {})) {
            elsewhere.send(Map.of("action", "connect", "device_id", device, "token", token));
            elsewhere.expect("connected");
            anna.awaitState("displaced");
            assertThat(anna.banner()).containsText("Duet is open elsewhere on this device.");
            anna.photograph("open-elsewhere");
            anna.write("kept meanwhile");
            anna.awaitProgress("kept meanwhile", "sending");
            anna.button("Use here").click();
            elsewhere.expectClose(4409);
        }
        anna.awaitConnected();
        anna.awaitProgress("kept meanwhile", "delivered");
    }
}
