package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever somebody writes is text, and stays where it belongs. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageHostileTest {

    @Test
    void showsHostileContentAsText(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        List<String> contents = List.of(
                "<img src=x onerror=\"document.title='owned'\">",
                "<script>document.title='owned'</script> &lt;b&gt; &amp;",
                "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\"></iframe>",
                "javascript:document.title='owned' \"'><svg/onload=alert(1)>",
                "data:text/html,<script>alert(1)</script> file:///etc/passwd vbscript:x",
                "\u202Eright to left override\u202C, e\u0301 combining, \u05E9\u05DC\u05D5\u05DD",
                "\u2066\u2067\u202E never closed",
                "zero\u200Bwidth\u200D\u2060\uFEFF and \u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309 marks",
                "x".repeat(3000),
                "${document.title='owned'} {{constructor.constructor('alert(1)')()}}",
                "  leading blanks,\ttab\n\n\nlines  ");
        contents.forEach(anna::write);
        anna.awaitProgress(contents.get(0), "delivered");
        ben.open(anna);
        ben.awaitMessages(contents);
        anna.awaitMessages(contents);

        Page page = ben.page();
        assertThat(page.locator(".bubble :is(img, script, iframe, a, svg:not(.icon))"))
                .hasCount(0);
        ben.scroll().evaluate("scroll => scroll.scrollTop = scroll.scrollHeight");
        assertThat(ben.row(anna).locator(".badge")).isHidden();
        assertThat(page).hasTitle("Duet");
        assertFits(ben.scroll());
        assertFits(page.locator(".conversations"));
        ben.photograph("hostile");
        page.setViewportSize(360, 720);
        assertFits(ben.scroll());
        ben.photograph("hostile-phone");
    }

    private static void assertFits(Locator scroll) {
        assertThat((Boolean) scroll.evaluate("scroll => scroll.scrollWidth <= scroll.clientWidth"))
                .as("no sideways scrolling")
                .isTrue();
        assertThat((Boolean) scroll.page().evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as("the page fits")
                .isTrue();
    }

    @Test
    void directionOfOneMessageDoesNotReachAnother(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("\u202E\u2067 spreads");
        anna.write("plain");
        anna.write("\u05E9\u05DC\u05D5\u05DD, \u05DE\u05D4 \u05E0\u05E9\u05DE\u05E2?");
        anna.awaitProgress("plain", "delivered");
        assertThat(textOf(anna, 1)).hasCSS("direction", "ltr");
        assertThat(textOf(anna, 2)).hasCSS("direction", "rtl");
        assertThat(textOf(anna, 0)).hasCSS("unicode-bidi", "isolate");
        assertThat(anna.message("plain").locator("time")).hasCSS("direction", "ltr");
    }

    private static Locator textOf(Visitor visitor, int index) {
        return visitor.page().locator(".messages .text").nth(index);
    }

    @Test
    void makesLinksOfHonestWebAddressesOnly(Visitors visitors) {
        Visitor anna = visitors.registered("anna");
        Visitor ben = visitors.registered("ben");
        anna.begin(ben);
        anna.write("See https://example.org/a_(b)?q=1&r=<2>, (http://example.org). And HTTPS://EXAMPLE.ORG/X!");
        anna.write(
                "not https://bank.example@evil.example/ nor ftp://example.org nor javascript://example.org/%0aalert(1)");
        anna.write("cut at https://example.org/\u202Egnp.exe");
        ben.open(anna);
        Locator links = ben.page().locator(".messages .text a");
        assertThat(links).hasCount(4);
        assertThat(links.evaluateAll("links => links.map(link => link.getAttribute('href'))"))
                .isEqualTo(List.of(
                        "https://example.org/a_(b)?q=1&r=",
                        "http://example.org/",
                        "https://example.org/X",
                        "https://example.org/"));
        for (Locator link : links.all()) {
            assertThat(link).hasAttribute("rel", "noopener noreferrer nofollow");
            assertThat(link).hasAttribute("target", "_blank");
        }
    }

    @Test
    void thePolicyOfThePageStopsAnInlineScript(Visitors visitors) {
        Visitor anna = visitors.newcomer("anna");
        anna.visit();
        anna.expect("Content Security Policy|Content-Security-Policy|TrustedHTML|TrustedScript");
        assertThat(anna.page().evaluate("""
                () => {
                  const script = document.createElement('script');
                  try { script.textContent = 'window.owned = true'; } catch { return 'refused'; }
                  document.body.append(script);
                  return window.owned ? 'ran' : 'stopped';
                }""")).isIn("refused", "stopped");
        assertThat(anna.page().evaluate("""
                () => { try { document.body.innerHTML = '<b>x</b>'; return 'set'; } catch { return 'refused'; } }""")).isEqualTo("refused");
    }
}
