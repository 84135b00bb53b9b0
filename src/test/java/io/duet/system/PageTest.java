package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page in a real browser against the real server. The browser may not complain: no error, no policy violation. */
class PageTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static Chromium chromium;

    private final List<Visitor> visitors = new ArrayList<>();

    @BeforeAll
    static void launch() {
        PlaywrightAssertions.setDefaultAssertionTimeout(SOON.toMillis());
        chromium = Chromium.launch();
    }

    @AfterAll
    static void close() {
        if (chromium != null) {
            chromium.close();
        }
    }

    @AfterEach
    void nothingToComplainAbout() {
        try {
            visitors.forEach(visitor ->
                    assertThat(visitor.complaints()).as(visitor.username()).isEmpty());
        } finally {
            visitors.forEach(Visitor::close);
        }
    }

    @Test
    void twoPeopleTalk() {
        Visitor anna = visitor(ServerProcess.shared(), "anna");
        Visitor ben = visitor(ServerProcess.shared(), "ben");
        anna.photograph("welcome");
        anna.register();
        ben.register();
        anna.begin(ben);
        anna.write("Good morning, Ben! Did the second pump arrive?");
        anna.awaitProgress("Good morning, Ben! Did the second pump arrive?", "delivered");

        assertThat(ben.row(anna).locator(".badge")).hasText("1");
        assertThat(ben.page()).hasTitle("(1) Duet");
        ben.photograph("unread");
        ben.open(anna);
        anna.awaitProgress("Good morning, Ben! Did the second pump arrive?", "read");
        assertThat(ben.row(anna).locator(".badge")).isHidden();
        assertThat(ben.page()).hasTitle("Duet");
        assertThat(ben.page().locator("#peer-state")).hasText("online");

        ben.composer().pressSequentially("Morn");
        assertThat(anna.page().locator("#peer-state")).hasText("typing…");
        anna.photograph("typing");
        ben.write("Morning! Yes, it came an hour ago.\nIt is on the pallet by door 4.");
        ben.write("The papers are in the box.");
        ben.awaitProgress("The papers are in the box.", "read");
        assertThat(anna.page().locator("#peer-state")).hasText("online");

        List<String> all = List.of(
                "Good morning, Ben! Did the second pump arrive?",
                "Morning! Yes, it came an hour ago.\nIt is on the pallet by door 4.",
                "The papers are in the box.");
        anna.awaitMessages(all);
        ben.awaitMessages(all);
        anna.page().reload();
        anna.awaitMessages(all);
        anna.awaitProgress(all.get(0), "read");
        anna.photograph("conversation");
        photographDarkAndSmall(anna);
    }

    private static void photographDarkAndSmall(Visitor visitor) {
        Page page = visitor.page();
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        visitor.photograph("conversation-dark");
        page.setViewportSize(360, 720);
        visitor.photograph("conversation-phone");
        assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as("fits a phone")
                .isTrue();
        page.getByLabel("Back to the list").click();
        assertThat(page.locator("#conversations")).isVisible();
        visitor.photograph("list-phone");
    }

    @Test
    void whoWasAwayGetsEverythingOnceAndInOrder() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        anna.begin(ben);
        anna.write("before");
        ben.open(anna);
        anna.awaitProgress("before", "read");
        ben.page().close();

        List<String> contents = new ArrayList<>(List.of("before"));
        IntStream.rangeClosed(1, 5).mapToObj(n -> "while away " + n).forEach(contents::add);
        contents.subList(1, 6).forEach(anna::write);
        anna.awaitProgress("while away 5", "sent");
        anna.awaitMessages(contents);

        ben.visit();
        ben.open(anna);
        ben.awaitMessages(contents);
        assertThat(ben.page().locator(".first-unread .text")).hasText("while away 1");
        anna.awaitProgress("while away 1", "read");
        anna.awaitProgress("while away 5", "read");
        ben.page().reload();
        ben.awaitMessages(contents);
    }

    @Test
    void scrollsBackThroughHistoryAndKeepsItsPlace() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        anna.begin(ben);
        List<String> contents =
                IntStream.rangeClosed(1, 130).mapToObj(n -> "message " + n).toList();
        contents.forEach(anna::write);
        anna.awaitMessages(contents);

        Visitor otherDevice = visitor(ServerProcess.shared(), ben.username());
        otherDevice.signIn(Visitor.PASSWORD);
        otherDevice.open(anna);
        assertThat(otherDevice.message("message 130")).isVisible();
        Page page = otherDevice.page();
        page.locator("#scroll").evaluate("scroll => scroll.scrollTop = scroll.scrollHeight");
        assertThat(page.locator("#to-newest")).isHidden();

        Locator anchor = otherDevice.message("message 83");
        anchor.evaluate("row => row.scrollIntoView({block: 'start'})");
        double before = anchor.boundingBox().y;
        await().atMost(SOON).until(() -> otherDevice.messages().count() > 80);
        assertThat(anchor.boundingBox().y).as("place of the reader").isCloseTo(before, within(2.0));

        await().atMost(SOON).until(() -> {
            page.locator("#scroll").evaluate("scroll => scroll.scrollTop = 0");
            return page.locator("#beginning").isVisible();
        });
        otherDevice.awaitMessages(contents);
        otherDevice.photograph("history");

        Locator place = otherDevice.message("message 40");
        place.evaluate("row => row.scrollIntoView({block: 'start'})");
        page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("To the newest message"))
                .click();
        assertThat(otherDevice.message("message 130")).isInViewport();
        assertThat(otherDevice.row(anna).locator(".badge")).isHidden();
        anna.awaitProgress("message 130", "read");
    }

    @Test
    void showsHostileContentAsText() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        anna.begin(ben);
        List<String> contents = List.of(
                "<img src=x onerror=\"document.title='owned'\">",
                "<script>document.title='owned'</script> &lt;b&gt; &amp;",
                "javascript:alert(1) \"'><svg/onload=alert(1)>",
                "\u202Eright to left override, e\u0301 combining, \u05E9\u05DC\u05D5\u05DD",
                "x".repeat(3000),
                "  leading blanks,\ttab\n\n\nlines  ");
        contents.forEach(anna::write);
        ben.open(anna);
        ben.awaitMessages(contents);
        anna.awaitMessages(contents);
        assertThat(ben.page().locator(".message img, .message script, .message a, .bubble svg:not(.icon)"))
                .hasCount(0);
        ben.page().locator("#scroll").evaluate("scroll => scroll.scrollTop = scroll.scrollHeight");
        assertThat(ben.page()).hasTitle("Duet");
        assertThat((Boolean)
                        ben.page().locator("#scroll").evaluate("scroll => scroll.scrollWidth <= scroll.clientWidth"))
                .as("no sideways scrolling")
                .isTrue();
        ben.photograph("hostile");
    }

    @Test
    void sendsWhatWasWrittenWhileTheServerWasDown() {
        try (ServerProcess server = ServerProcess.start(Map.of())) {
            Visitor anna = visitor(server, "anna");
            Visitor ben = visitor(server, "ben");
            Stream.of(anna, ben).forEach(visitor -> {
                visitor.register();
                visitor.expect("net::ERR_CONNECTION_REFUSED|net::ERR_CONNECTION_RESET|net::ERR_EMPTY_RESPONSE");
                visitor.expect("WebSocket connection to '.*' failed");
            });
            anna.begin(ben);
            anna.write("before the crash");
            ben.open(anna);
            anna.awaitProgress("before the crash", "read");

            server.kill();
            assertThat(anna.page().locator("#connection-banner")).containsText("Not connected");
            anna.write("written without a server, 1");
            anna.write("written without a server, 2");
            anna.awaitProgress("written without a server, 2", "sending");
            anna.photograph("server-down");

            server.restart();
            List<String> all =
                    List.of("before the crash", "written without a server, 1", "written without a server, 2");
            Stream.of(anna, ben).forEach(PageTest::reconnectNow);
            anna.awaitProgress("written without a server, 2", "read");
            anna.awaitMessages(all);
            ben.awaitMessages(all);
            anna.page().reload();
            anna.awaitMessages(all);
            visitors.forEach(visitor -> assertThat(visitor.complaints()).isEmpty());
            visitors.forEach(Visitor::close);
            visitors.clear();
        }
    }

    private static void reconnectNow(Visitor visitor) {
        Page page = visitor.page();
        await().atMost(SOON).until(() -> {
            page.evaluate("dispatchEvent(new Event('online'))");
            return page.locator("#connection-banner").isHidden();
        });
    }

    @Test
    void keepsWhatIsWrittenOfflineOverAReloadOfTheTab() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        anna.begin(ben);
        anna.write("one");
        anna.awaitProgress("one", "delivered");
        anna.expect("net::ERR_INTERNET_DISCONNECTED|WebSocket connection to '.*' failed");
        anna.goOffline(true);
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
    void oneTabOfAProfileIsUsedAtATime() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        anna.begin(ben);
        anna.write("from the first tab");
        anna.awaitProgress("from the first tab", "delivered");
        Page first = anna.page();
        Page second = anna.visit();
        assertThat(first.locator("#elsewhere")).isVisible();
        anna.use(first);
        anna.photograph("open-elsewhere");

        anna.use(second);
        anna.open(ben);
        anna.write("from the second tab");
        anna.awaitProgress("from the second tab", "delivered");

        first.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Use here"))
                .click();
        assertThat(second.locator("#elsewhere")).isVisible();
        assertThat(first.locator("#elsewhere")).isHidden();
        anna.use(first);
        anna.write("from the first tab again");
        anna.awaitProgress("from the first tab again", "delivered");
        anna.awaitMessages(List.of("from the first tab", "from the second tab", "from the first tab again"));
    }

    @Test
    void worksByKeyboardAlone() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        var keyboard = anna.page().keyboard();
        keyboard.press("Control+k");
        keyboard.type(ben.username());
        assertThat(anna.page().getByRole(AriaRole.OPTION)).hasCount(1);
        keyboard.press("ArrowDown");
        keyboard.press("Enter");
        assertThat(anna.composer()).isFocused();
        keyboard.type("first line");
        keyboard.press("Shift+Enter");
        keyboard.type("second line");
        keyboard.press("Enter");
        anna.awaitProgress("first line\nsecond line", "delivered");
        keyboard.press("Escape");
        assertThat(anna.page().locator("#thread")).isHidden();
    }

    @Test
    void countsCodePointsNearTheLimit() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        anna.begin(ben);
        Locator send = anna.page().getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Send"));
        String longest = "😀".repeat(10_000);
        anna.composer().fill(longest + "!");
        assertThat(anna.page().locator("#counter")).hasText("10,001 / 10,000");
        assertThat(send).isDisabled();
        anna.photograph("too-long");
        anna.composer().fill(" \n\u200B\u2800");
        assertThat(send).isDisabled();
        anna.composer().fill(longest);
        assertThat(send).isEnabled();
        send.click();
        anna.awaitProgress(longest, "delivered");
    }

    @Test
    void tellsWhySignInFails() {
        Visitor anna = registered("anna");
        anna.page().getByLabel("Sign out").click();
        assertThat(anna.page().locator("#sign-in")).isVisible();
        anna.expect("status of 401");
        anna.signIn("not the password");
        assertThat(anna.page().locator("#sign-in .form-error")).hasText("Username or password is not right.");
        anna.signIn(Visitor.PASSWORD);
        anna.awaitConnected();
    }

    @Test
    void asksForASignInWhenTheSessionWasRevokedAndLosesNothing() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        anna.begin(ben);
        anna.write("before");
        anna.awaitProgress("before", "delivered");
        anna.expect("status of 401");
        anna.page().evaluate(callWithToken("DELETE", "sessions"));
        assertThat(anna.page().locator("#welcome-notice")).containsText("sign in again");
        anna.photograph("session-ended");
        anna.signIn(Visitor.PASSWORD);
        anna.open(ben);
        anna.write("after");
        anna.awaitProgress("after", "delivered");
        anna.awaitMessages(List.of("before", "after"));
    }

    @Test
    void comesBackAsANewDeviceWhenItsDeviceWasRemoved() {
        Visitor anna = registered("anna");
        Visitor ben = registered("ben");
        anna.begin(ben);
        String device = device(anna);
        anna.page().evaluate(callWithToken("DELETE", "devices/" + device));
        await().atMost(SOON).until(() -> device(anna) != null && !device(anna).equals(device));
        anna.awaitConnected();
        anna.write("from the new device");
        anna.awaitProgress("from the new device", "delivered");
    }

    private static String device(Visitor visitor) {
        return (String) visitor.page()
                .evaluate("localStorage.getItem('duet.device.' + JSON.parse(localStorage['duet.session']).userId)");
    }

    private static String callWithToken(String method, String path) {
        return "fetch('/api/" + path + "', {method: '" + method
                + "', headers: {Authorization: 'Bearer ' + JSON.parse(localStorage['duet.session']).token}})";
    }

    private Visitor registered(String name) {
        Visitor visitor = visitor(ServerProcess.shared(), name);
        visitor.register();
        return visitor;
    }

    /** Names are made unique, since the shared server keeps them from test to test. */
    private Visitor visitor(ServerProcess server, String name) {
        boolean complete = name.contains(".");
        String unique =
                complete ? name : name + "." + UUID.randomUUID().toString().substring(0, 8);
        Visitor visitor = chromium.visitor(server, unique);
        visitors.add(visitor);
        return visitor;
    }
}
