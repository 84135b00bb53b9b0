package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The life of a conversation on the page, in a real browser against the real server. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageConversationTest {

    @Test
    void twoPeopleTalk(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("Good morning, Ben! Did the second pump arrive?");
        anna.awaitProgress("Good morning, Ben! Did the second pump arrive?", "delivered");

        assertThat(ben.row(anna).locator(".badge")).hasText("1");
        assertThat(ben.page()).hasTitle("(1) Duet");
        ben.open(anna);
        assertThat(ben.page().locator(".unread-line")).hasText("New messages");
        anna.awaitProgress("Good morning, Ben! Did the second pump arrive?", "read");
        assertThat(ben.row(anna).locator(".badge")).isHidden();
        assertThat(ben.page()).hasTitle("Duet");
        assertThat(ben.page().locator(".peer-state")).hasText("online");
        assertThat(ben.row(anna).locator(".dot")).isVisible();

        ben.composer().pressSequentially("Morn");
        assertThat(anna.page().locator(".peer-state")).hasText("typing …");
        assertThat(anna.row(ben).locator(".preview")).hasText("typing …");
        ben.write("Morning! Yes, it came an hour ago.\nIt is on the pallet by door 4.");
        ben.write("The papers are in the box.");
        ben.awaitProgress("The papers are in the box.", "read");
        assertThat(anna.page().locator(".peer-state")).hasText("online");

        List<String> all = List.of(
                "Good morning, Ben! Did the second pump arrive?",
                "Morning! Yes, it came an hour ago.\nIt is on the pallet by door 4.",
                "The papers are in the box.");
        anna.awaitMessages(all);
        ben.awaitMessages(all);
        anna.page().reload();
        anna.awaitMessages(all);
        anna.awaitProgress(all.get(0), "read");
        assertThat(anna.page().locator(".day")).hasText("Today");
    }

    @Test
    void whatIsStoredWhileAConversationOpensIsShownInIt(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        List<Runnable> answers = new ArrayList<>();
        String pages = "**/api/conversations/*/messages*";
        anna.page().route(pages, route -> {
            APIResponse empty = route.fetch();
            answers.add(() -> route.fulfill(new Route.FulfillOptions().setResponse(empty)));
        });
        anna.begin(ben);
        anna.page().waitForCondition(() -> !answers.isEmpty());
        anna.write("while it opens");
        anna.page().waitForFunction("""
                () => {
                  const { conversations } = document.querySelector('duet-chat').client;
                  const [first] = conversations.list();
                  return first.last_sequence === 1 && conversations.progress(first.conversation_id, 1) === 'delivered';
                }""");
        // Behind what the page does 100 ms after a change
        anna.ofClient("new Promise((done) => setTimeout(done, 101))");
        anna.page().unroute(pages);
        answers.forEach(Runnable::run);
        anna.awaitProgress("while it opens", "delivered");
        anna.awaitMessages(List.of("while it opens"));
    }

    /** Between the answer that does not have it and the moment in which that is shown. */
    @Test
    void whatIsStoredJustBeforeAConversationHasOpenedIsShownInIt(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.page().evaluate("""
                () => {
                  const { client } = document.querySelector('duet-chat');
                  const { history } = client;
                  const before = history.before.bind(history);
                  history.before = async (...asked) => {
                    const messages = await before(...asked);
                    window.answered = true;
                    await client.next('message');
                    history.before = before;
                    return messages;
                  };
                }""");
        anna.begin(ben);
        anna.page().waitForFunction("() => window.answered");
        anna.write("while it opens");
        anna.awaitProgress("while it opens", "delivered");
        anna.awaitMessages(List.of("while it opens"));
    }

    @Test
    void whatIsOpenedLastStaysOpenThoughTheServerTellsOfAnotherLater(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        Visitor carla = visitors.registered("carla");
        anna.begin(carla);
        // Nobody tells her of a conversation in which nothing has been said
        ben.begin(anna);
        String unknown = (String) ben.ofClient("client.conversations.list()[0].conversation_id");
        List<Route> held = new ArrayList<>();
        anna.page().route("**/api/conversations/" + unknown, held::add);
        anna.page().evaluate("id => void document.querySelector('duet-chat').open(id)", unknown);
        anna.page().waitForCondition(() -> !held.isEmpty());
        anna.open(carla);
        held.get(0).resume();
        assertThat(anna.row(ben)).isVisible();
        assertThat(anna.page().locator(".peer h2")).hasText(carla.username());
        assertThat(anna.row(carla)).hasAttribute("aria-current", "true");
    }

    @Test
    void whoWasAwayGetsEverythingOnceAndInOrder(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
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
        assertThat(ben.row(anna).locator(".badge")).hasText("5");
        ben.open(anna);
        ben.awaitMessages(contents);
        assertThat(ben.page().locator(".first-unread .text")).hasText("while away 1");
        anna.awaitProgress("while away 1", "read");
        anna.awaitProgress("while away 5", "read");
        ben.page().reload();
        ben.awaitMessages(contents);
    }

    @Test
    void scrollsBackThroughHistoryAndKeepsItsPlace(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        List<String> contents =
                IntStream.rangeClosed(1, 130).mapToObj(n -> "message " + n).toList();
        contents.forEach(anna::write);
        anna.awaitProgress("message 130", "delivered");

        Visitor otherDevice = visitors.anotherDeviceOf(ben);
        otherDevice.open(anna);
        Page page = otherDevice.page();
        assertThat(otherDevice.message("message 1")).isInViewport();
        assertThat(page.locator(".first-unread .text")).hasText("message 1");
        page.locator(".to-newest").click();
        assertThat(otherDevice.message("message 130")).isInViewport();
        assertThat(page.locator(".to-newest")).isHidden();
        assertThat(otherDevice.row(anna).locator(".badge")).isHidden();
        anna.awaitProgress("message 130", "read");

        page.reload();
        // While it takes long to connect a line above the messages says so
        otherDevice.awaitConnected();
        assertThat(otherDevice.message("message 130")).isInViewport();
        Locator anchor = otherDevice.message("message 83");
        anchor.evaluate("row => row.scrollIntoView({block: 'start'})");
        double before = anchor.boundingBox().y;
        assertThat(otherDevice.message("message 40")).isAttached();
        assertThat(anchor.boundingBox().y).as("place of the reader").isCloseTo(before, within(2.0));

        await().atMost(Visitor.DEADLINE).until(() -> {
            otherDevice.scroll().evaluate("scroll => scroll.scrollTop = 0");
            return page.getByText("The beginning of your conversation").isVisible();
        });
        otherDevice.awaitMessages(contents);

        otherDevice.message("message 40").evaluate("row => row.scrollIntoView({block: 'start'})");
        anna.write("news");
        assertThat(page.locator(".to-newest .badge")).hasText("1");
        assertThat(otherDevice.message("message 40")).isInViewport();
        page.locator(".to-newest").click();
        assertThat(otherDevice.message("news")).isInViewport();
    }

    @Test
    void keepsADraftForEachConversation(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        Visitor carla = visitors.registered("carla");
        anna.begin(ben);
        anna.composer().fill("not finished");
        anna.begin(carla);
        assertThat(anna.composer()).hasValue("");
        assertThat(anna.row(ben).locator(".preview")).hasText("Draft: not finished");
        anna.page().reload();
        anna.open(ben);
        assertThat(anna.composer()).hasValue("not finished");
        anna.composer().press("Enter");
        anna.awaitProgress("not finished", "delivered");
        anna.open(carla);
        anna.open(ben);
        assertThat(anna.composer()).hasValue("");
    }

    @Test
    void worksByKeyboardAlone(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        Visitor carla = visitors.registered("carla");
        var keyboard = anna.page().keyboard();
        for (Visitor peer : List.of(carla, ben)) {
            keyboard.press("Control+k");
            keyboard.type(peer.username());
            assertThat(anna.page().getByRole(AriaRole.OPTION)).hasCount(1);
            keyboard.press("ArrowDown");
            keyboard.press("Enter");
            assertThat(anna.composer()).isFocused();
            keyboard.type("first line");
            keyboard.press("Shift+Enter");
            keyboard.type("to " + peer.username());
            keyboard.press("Enter");
            anna.awaitProgress("first line\nto " + peer.username(), "delivered");
        }
        keyboard.press("Alt+ArrowDown");
        assertThat(anna.page().locator(".peer h2")).hasText(carla.username());
        keyboard.press("Alt+ArrowUp");
        assertThat(anna.page().locator(".peer h2")).hasText(ben.username());
        assertThat(anna.message("first line\nto " + ben.username())).isVisible();
        assertThat(anna.composer()).isFocused();

        keyboard.press("Shift+Tab");
        keyboard.press("Shift+Tab");
        assertThat(anna.message("first line\nto " + ben.username())).isFocused();
        keyboard.press("Tab");
        keyboard.press("Enter");
        await().atMost(Visitor.DEADLINE)
                .until(() -> anna.page()
                        .evaluate("navigator.clipboard.readText()")
                        .equals("first line\nto " + ben.username()));

        keyboard.press("Escape");
        assertThat(anna.page().locator(".thread")).isHidden();
        assertThat(anna.row(ben)).isFocused();
        keyboard.press("ArrowDown");
        keyboard.press("Enter");
        assertThat(anna.page().locator(".peer h2")).hasText(carla.username());
    }

    @Test
    void countsCodePointsNearTheLimit(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        String longest = "😀".repeat(10_000);
        anna.composer().fill(longest + "!");
        assertThat(anna.page().locator("#counter")).hasText("10,001 of 10,000 characters");
        assertThat(anna.button("Send")).isDisabled();
        anna.composer().fill(" \n\u200B\u2800");
        assertThat(anna.button("Send")).isDisabled();
        anna.composer().fill(longest);
        assertThat(anna.button("Send")).isEnabled();
        anna.button("Send").click();
        anna.awaitProgress(longest, "delivered");
    }

    @Test
    void aSecondDeviceShowsTheSame(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("from the first");
        anna.awaitProgress("from the first", "delivered");
        Visitor phone = visitors.anotherDeviceOf(anna);
        phone.open(ben);
        phone.write("from the second");
        phone.awaitProgress("from the second", "delivered");
        anna.awaitMessages(List.of("from the first", "from the second"));
        phone.awaitMessages(List.of("from the first", "from the second"));
        ben.open(anna);
        ben.write("to both");
        for (Visitor device : List.of(anna, phone)) {
            assertThat(device.row(ben).locator(".badge")).isHidden();
            assertThat(device.message("to both")).isVisible();
        }
    }
}
