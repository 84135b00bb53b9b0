package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.duet.system.client.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** People sign in on the page at a real OpenID Connect provider. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageOidcTest {

    private static OidcProvider provider;
    private static TestServer server;

    @BeforeAll
    static void startBoth() {
        provider = OidcProvider.start();
        server = TestServer.start(Map.of(
                "duet.oidc.issuer", provider.issuer(),
                "duet.oidc.name", "Corp Login",
                "duet.oidc.client-id", "duet",
                "duet.oidc.audience", "duet-api duet"));
        provider.page(server.http("/"));
        // A server does not wait for what the provider publishes before it is ready
        await().atMost(Visitor.DEADLINE).until(() -> contentSecurityPolicy().contains(provider.issuer()));
    }

    private static String contentSecurityPolicy() {
        return server.duet().rest().get("/", null).headers().get("content-security-policy");
    }

    @AfterAll
    static void closeBoth() {
        if (server != null) {
            server.close();
        }
        provider.close();
    }

    private static Locator theWayToTheProvider(Visitor visitor) {
        return visitor.button("Sign in with Corp Login");
    }

    /** Exactly, since Duet's own page, which is there until the provider's comes, asks for a username. */
    private static Locator nameAtTheProvider(Page page) {
        return page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true));
    }

    private static void comeIn(Visitor visitor, String name) {
        theWayToTheProvider(visitor).click();
        nameAtTheProvider(visitor.page()).fill(name);
        visitor.page().getByRole(AriaRole.BUTTON).click();
        visitor.awaitConnected();
    }

    private static JsonObject kept(Visitor visitor) {
        return new Gson()
                .fromJson((String) visitor.page().evaluate("localStorage.getItem('duet.session')"), JsonObject.class);
    }

    @Test
    void aPersonSignsInTalksAndSignsOut(Visitors visitors) {
        Visitor anna = visitors.newcomer("anna", server.http("/"));
        anna.visit();
        assertThat(anna.page().locator(".divider")).isVisible();
        assertThat(anna.page().locator("#sign-in")).isVisible();
        assertThat(new AxeBuilder(anna.page()).analyze().getViolations()).isEmpty();
        anna.photograph("sign-in-issuer");
        comeIn(anna, "anna");

        assertThat(anna.page().url())
                .as("nothing of the sign-in stays")
                .isEqualTo(server.http("/").toString());
        anna.page().goBack();
        assertThat(anna.page().url()).doesNotContain("code=").doesNotContain("token");
        anna.page().goForward();
        anna.awaitConnected();
        assertThat(kept(anna).get("username").getAsString()).isEqualTo("anna");

        Visitor ben = visitors.newcomer("ben", server.http("/"));
        ben.registerBeforehand();
        ben.begin(visitors.named("anna", server.http("/")));
        ben.write("hello from a local account");
        anna.page().locator(".conversation").first().click();
        assertThat(anna.message("hello from a local account")).isVisible();

        Page other = anna.page();
        other.reload();
        anna.awaitConnected();
        anna.visit();
        anna.awaitConnected();
        anna.signOutAfter(other);
        assertThat(anna.button("Leave the provider")).isVisible();
        assertThat(anna.page().url())
                .as("no token in an address")
                .doesNotContain("token")
                .doesNotContain("eyJ");
        anna.button("Leave the provider").click();
        assertThat(anna.page().locator("#notice"))
                .hasText("You are signed out. Nothing of your messages is left in this browser.");
        assertThat(anna.page().evaluate("localStorage.getItem('duet.session')")).isNull();
        theWayToTheProvider(anna).click();
        assertThat(nameAtTheProvider(anna.page())).isVisible();
    }

    @Test
    void aTokenIsRefreshedOnTheLiveConnectionAndASessionThatIsEndedElsewhereEnds(Visitors visitors) {
        Visitor carl = visitors.newcomer("carl", server.http("/"));
        carl.visit();
        comeIn(carl, "carl");
        carl.expect("status of 401");
        JsonObject before = kept(carl);
        // What time does, at once: the token is due
        carl.page().evaluate("""
                async () => {
                  const session = JSON.parse(localStorage.getItem('duet.session'));
                  session.issued.receivedAt -= 3000_000;
                  localStorage.setItem('duet.session', JSON.stringify(session));
                  const duet = document.querySelector('duet-chat');
                  duet.client.setToken(await duet.token());
                }""");
        JsonObject after = kept(carl);
        assertThat(after.get("token")).isNotEqualTo(before.get("token"));
        assertThat(after.getAsJsonObject("issued").get("refreshToken"))
                .isNotEqualTo(before.getAsJsonObject("issued").get("refreshToken"));
        carl.awaitConnected();

        String token = after.get("token").getAsString();
        assertThat(server.duet().rest().delete("/api/sessions", token).status()).isEqualTo(204);
        assertThat(carl.page().locator("#notice")).hasText("Your session has ended. Please sign in again.");
        // A token that is issued in the very second of the one that was ended is taken for ended too
        await().until(() -> Instant.now().getEpochSecond() > issuedAt(token));
        theWayToTheProvider(carl).click();
        carl.awaitConnected();
        assertThat(kept(carl).get("username").getAsString())
                .as("the provider still knows him")
                .isEqualTo("carl");
    }

    private static long issuedAt(String token) {
        String claims = new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
        return Json.number(Json.parse(claims), "iat");
    }

    @Test
    void anAnswerToNoQuestionOfThisTabIsNone(Visitors visitors) {
        Visitor eve = visitors.newcomer("eve", server.http("/"));
        eve.visit("?code=stolen&state=guessed");
        assertThat(theWayToTheProvider(eve)).isVisible();
        assertThat(eve.page().url()).doesNotContain("stolen");

        theWayToTheProvider(eve).click();
        assertThat(nameAtTheProvider(eve.page())).isVisible();
        eve.page().navigate(server.http("/?code=stolen&state=guessed").toString());
        assertThat(eve.page().locator("#notice")).hasText("The sign-in did not succeed. Please try again.");
        assertThat(eve.page().evaluate("localStorage.getItem('duet.session')")).isNull();

        theWayToTheProvider(eve).click();
        assertThat(nameAtTheProvider(eve.page())).isVisible();
        Page page = eve.page();
        // The provider's own answer, but for another nonce than the one in this tab
        page.navigate(server.http("/package.json").toString());
        page.evaluate("""
                () => {
                  const pending = JSON.parse(sessionStorage.getItem('duet.sign-in'));
                  sessionStorage.setItem('duet.sign-in', JSON.stringify({ ...pending, nonce: 'another' }));
                }""");
        page.goBack();
        nameAtTheProvider(page).fill("eve");
        page.getByRole(AriaRole.BUTTON).click();
        assertThat(eve.page().locator("#notice")).hasText("The sign-in did not succeed. Please try again.");
    }

    @Test
    void thePageMayAskTheProviderAndNobodyElse() {
        assertThat(contentSecurityPolicy()).contains("connect-src 'self' " + provider.issuer() + ";");
        assertThat(Json.text(
                        server.duet()
                                .rest()
                                .get("/api/sign-in", null)
                                .expect(200)
                                .get("issuers")
                                .get(0),
                        "name"))
                .isEqualTo("Corp Login");
    }
}
