package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The page for everybody: axe finds nothing (WCAG 2.2 AA and its best practices) in any state, scheme and width; what arrives is
 * announced; the language is the reader's. The pictures of it are in {@code target/screenshots}.
 */
@ExtendWith({SharedServers.class, Browsing.class})
class PageAccessibilityTest {

    private static final int[][] SIZES = {{1180, 760}, {390, 780}};

    @Test
    void axeFindsNothing(Visitors visitors) {
        Visitor anna = visitors.newcomer("anna.keller");
        anna.visit();
        assertThat(anna.page().locator("#sign-in")).isVisible();
        inEveryLook(anna, "welcome");
        anna.register();
        inEveryLook(anna, "empty");
        Visitor carla = visitors.registered("carla.diaz");
        carla.begin(anna);
        carla.write("Can you look at the draft before noon? https://intranet.example.org/drafts/42");
        carla.awaitProgress(
                "Can you look at the draft before noon? https://intranet.example.org/drafts/42", "delivered");
        carla.page().close();
        Visitor ben = visitors.registered("ben.osei");
        anna.begin(ben);
        talk(anna, ben);
        ben.composer().pressSequentially("Su");
        inEveryLook(anna, "conversation");
        anna.page().keyboard().press("Escape");
        inEveryLook(anna, "list");
        anna.button("Account").click();
        assertThat(anna.page().getByText("this session")).isVisible();
        inEveryLook(anna, "account");
        anna.button("Close").click();
        anna.page().getByLabel("Find a person").fill(ben.username().substring(0, 5));
        assertThat(anna.page().locator(".person").first()).isVisible();
        inEveryLook(anna, "search");
    }

    private static void talk(Visitor anna, Visitor ben) {
        anna.write("Good morning, Ben! Did the second pump arrive?");
        ben.open(anna);
        ben.write("Morning! Yes, it came an hour ago.\nIt is on the pallet by door 4.");
        ben.write("The papers are in the box. Data sheet: https://example.org/pumps/p-204(rev2).pdf");
        assertThat(anna.messages()).hasCount(3);
        anna.write("Perfect, thank you.");
        anna.write(
                "I will come by at ten, then we can try it on the test bench together. Could you ask Deniz for the key to the lab?");
        anna.awaitProgress("Perfect, thank you.", "read");
    }

    private static void inEveryLook(Visitor visitor, String name) {
        Page page = visitor.page();
        for (int[] size : SIZES) {
            page.setViewportSize(size[0], size[1]);
            for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
                String look = name + "-" + (size[0] > 500 ? "desktop" : "phone") + "-"
                        + scheme.name().toLowerCase(java.util.Locale.ROOT);
                visitor.photograph(look);
                assertThat(violations(page)).as(look).isEmpty();
                assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                        .as("%s fits", look)
                        .isTrue();
            }
        }
        page.setViewportSize(SIZES[0][0], SIZES[0][1]);
    }

    private static List<String> violations(Page page) {
        return new AxeBuilder(page)
                .analyze().getViolations().stream()
                        .map(PageAccessibilityTest::text)
                        .toList();
    }

    private static String text(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " "
                + rule.getNodes().stream()
                        .map(node -> node.getTarget() + " " + node.getFailureSummary())
                        .toList();
    }

    @Test
    void announcesWhatArrives(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("hear me");
        assertThat(ben.page().locator("[aria-live=polite].hidden-text")).hasText(anna.username() + ": hear me");
        assertThat(ben.row(anna).locator(".badge")).hasAttribute("aria-label", "1 unread message");
    }

    @Test
    void speaksTheReadersLanguage(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.page().close();
        anna.profile().addInitScript("Object.defineProperty(navigator, 'languages', {get: () => ['de-AT', 'en']})");
        anna.visit();
        assertThat(anna.page().locator("html")).hasAttribute("lang", "de");
        anna.open(ben);
        assertThat(anna.page().getByPlaceholder("Nachricht schreiben")).isVisible();
        assertThat(anna.page().getByText("Der Anfang Ihrer Unterhaltung mit " + ben.username()))
                .isVisible();
        anna.photograph("german");
        assertThat(violations(anna.page())).isEmpty();
    }

    @Test
    void theTextsOfAllLanguagesAreComplete(Visitors visitors) {
        Visitor anna = visitors.newcomer("anna");
        anna.visit();
        assertThat(anna.page().evaluate("""
                async () => {
                  const { LANGUAGES, textsIn } = await import('/chat/texts.js');
                  const names = (texts) => Object.entries(texts).flatMap(([name, text]) =>
                    typeof text === 'object' ? Object.keys(text).map((inner) => name + '.' + inner) : [name]).sort();
                  return Promise.all(LANGUAGES.map(async (language) => names(await textsIn(language)).join()));
                }"""))
                .satisfies(all ->
                        assertThat(new java.util.HashSet<>((List<?>) all)).hasSize(1));
    }
}
