package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.FilterOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByLabelOptions;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ReducedMotion;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A person in front of a browser profile of her own: does what a person can do, and keeps what the browser complains
 * about.
 */
final class Visitor implements AutoCloseable {
    static final String PASSWORD = "correct horse battery";
    static final Duration DEADLINE = Duration.ofSeconds(30);
    /** What a browser says of a server that is not there. */
    static final String NO_SERVER =
            "net::ERR_|WebSocket connection to '.*' failed|status of 503|WebSocket is closed before";

    private static final Path SCREENSHOTS = Path.of("target/screenshots");

    private final BrowserContext profile;
    private final String address;
    private final String username;
    private final List<String> complaints = new ArrayList<>();
    private final List<Pattern> expected = new ArrayList<>();
    private Page page;

    Visitor(Browser browser, URI address, String username) {
        this.address = address.toString();
        this.username = username;
        profile = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(1180, 760)
                .setLocale("en-GB")
                .setReducedMotion(ReducedMotion.REDUCE)
                .setPermissions(List.of("clipboard-read", "clipboard-write")));
        profile.setDefaultTimeout(DEADLINE.toMillis());
        expect("/favicon.ico"); // asked for by a browser that shows a file which is no page
        profile.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.type() + ": " + message.text() + " (" + message.location() + ")");
            }
        });
        profile.onWebError(error -> complaints.add("uncaught: " + error.error()));
        profile.onDialog(dialog -> {
            complaints.add("dialog: " + dialog.message());
            dialog.dismiss();
        });
    }

    String username() {
        return username;
    }

    BrowserContext profile() {
        return profile;
    }

    Page page() {
        return page;
    }

    /** Opens the page in a new tab, which is the one that is used from now on. */
    Page visit() {
        return visit("");
    }

    Page visit(String path) {
        page = profile.newPage();
        page.navigate(address + path);
        return page;
    }

    void use(Page tab) {
        page = tab;
        tab.bringToFront();
    }

    void register() {
        page.getByRole(AriaRole.TAB, new GetByRoleOptions().setName("Create account"))
                .click();
        Locator form = page.locator("#register");
        form.getByLabel("Username").fill(username);
        form.getByLabel("E-mail").fill(username + "@example.org");
        form.getByLabel("Password").fill(PASSWORD);
        form.getByRole(AriaRole.BUTTON).click();
        awaitConnected();
    }

    /** The same without the page's forms, which takes a third of the time; she is signed in, and the page is open. */
    void registerBeforehand() {
        visit("package.json");
        page.evaluate("""
                async ([username, password]) => {
                  const { register, signIn } = await import('/duet-client.js');
                  const account = { server: location.origin, username, password, email: username + '@example.org' };
                  await register(account);
                  const { access_token: token, user_id: userId } = await signIn(account);
                  localStorage.setItem('duet.session', JSON.stringify({ userId, username, token }));
                  localStorage.setItem('duet.last-username', username);
                }""", List.of(username, PASSWORD));
        page.navigate(address);
        awaitConnected();
    }

    void signIn(String password) {
        Locator form = page.locator("#sign-in");
        form.getByLabel("Username").fill(username);
        form.getByLabel("Password").fill(password);
        form.getByRole(AriaRole.BUTTON).click();
    }

    void awaitConnected() {
        awaitState("online");
        assertThat(banner()).isHidden();
    }

    /** Signs out; her tab gets no further with it before the other one has gone. */
    void signOutAfter(Page other) {
        List<Route> held = new ArrayList<>();
        page.route("**/api/devices/*", held::add);
        button("Account").click();
        button("Sign out").click();
        assertThat(other.locator("#sign-in")).isVisible();
        page.waitForCondition(() -> !held.isEmpty());
        assertThat(held).as("requests that end it at the server").hasSize(1);
        held.get(0).resume();
    }

    /** Of the connection, as the client library names it. */
    void awaitState(String state) {
        page.waitForFunction(
                "state => document.querySelector('duet-chat')?.client?.state.name === state",
                state,
                new Page.WaitForFunctionOptions().setTimeout(DEADLINE.toMillis()));
    }

    Locator banner() {
        return page.locator(".banners .banner[role=status]");
    }

    /** Runs an expression over {@code client}, the page's client. */
    Object ofClient(String expression) {
        return page.evaluate(
                "async () => { const { client } = document.querySelector('duet-chat'); return " + expression + "; }");
    }

    void begin(Visitor peer) {
        page.getByLabel("Find a person").fill(peer.username);
        page.getByRole(AriaRole.OPTION, new GetByRoleOptions().setName(peer.username))
                .click();
        assertThat(page.locator(".peer h2")).hasText(peer.username);
    }

    void open(Visitor peer) {
        row(peer).click();
        assertThat(page.locator(".peer h2")).hasText(peer.username);
    }

    /** The row of a peer in the list of conversations. */
    Locator row(Visitor peer) {
        return page.locator(".conversation").filter(new FilterOptions().setHasText(peer.username));
    }

    Locator composer() {
        return page.getByLabel("Message", new GetByLabelOptions().setExact(true));
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }

    void write(String content) {
        composer().fill(content);
        composer().press("Enter");
    }

    /** The messages of the open conversation that are in the document, confirmed ones first, then those on their way. */
    Locator messages() {
        return page.locator(".messages .message");
    }

    Locator message(String content) {
        return messages().filter(new FilterOptions().setHas(page.getByText(content, exactly())));
    }

    private static Page.GetByTextOptions exactly() {
        return new Page.GetByTextOptions().setExact(true);
    }

    void awaitProgress(String content, String progress) {
        assertThat(message(content)).hasAttribute("data-progress", progress);
    }

    /** Waits for exactly these and nothing else, in this order. */
    void awaitMessages(List<String> contents) {
        assertThat(messages()).hasCount(contents.size());
        assertThat(page.locator(".messages .message .text").allTextContents()).isEqualTo(contents);
    }

    Locator scroll() {
        return page.locator(".scroll");
    }

    void goOffline(boolean offline) {
        profile.setOffline(offline);
    }

    /** A complaint like this is part of the test. */
    void expect(String complaint) {
        expected.add(Pattern.compile(complaint));
    }

    List<String> complaints() {
        return complaints.stream()
                .filter(complaint -> expected.stream()
                        .noneMatch(known -> known.matcher(complaint).find()))
                .toList();
    }

    void photograph(String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
    }

    @Override
    public void close() {
        profile.close();
    }
}
