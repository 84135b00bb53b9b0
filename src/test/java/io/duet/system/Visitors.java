package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The people of one test, each in front of a browser profile of her own. */
final class Visitors implements AutoCloseable {

    private final Browser browser;
    private final URI address;
    private final List<Visitor> visitors = new ArrayList<>();

    Visitors(Browser browser, TestServer server) {
        PlaywrightAssertions.setDefaultAssertionTimeout(Visitor.DEADLINE.toMillis());
        this.browser = browser;
        address = server.http("/");
    }

    /** Somebody new who stands before the page. The name is made unique, since servers keep names from test to test. */
    Visitor newcomer(String name) {
        return newcomer(name, address);
    }

    Visitor newcomer(String name, URI server) {
        return profile(name + "." + UUID.randomUUID().toString().substring(0, 8), server);
    }

    /** Somebody with exactly this name. */
    Visitor named(String username, URI server) {
        return profile(username, server);
    }

    /** The same with an account, signed in. */
    Visitor registered(String name) {
        return registered(name, address);
    }

    Visitor registered(String name, URI server) {
        Visitor visitor = newcomer(name, server);
        visitor.registerBeforehand();
        return visitor;
    }

    /** Another device of somebody, signed in. */
    Visitor anotherDeviceOf(Visitor visitor) {
        return anotherDeviceOf(visitor, address);
    }

    Visitor anotherDeviceOf(Visitor visitor, URI server) {
        Visitor other = profile(visitor.username(), server);
        other.visit();
        other.signIn(Visitor.PASSWORD);
        other.awaitConnected();
        return other;
    }

    private Visitor profile(String username, URI server) {
        Visitor visitor = new Visitor(browser, server, username);
        visitors.add(visitor);
        return visitor;
    }

    void assertNothingToComplainAbout() {
        visitors.forEach(visitor ->
                assertThat(visitor.complaints()).as(visitor.username()).isEmpty());
    }

    @Override
    public void close() {
        visitors.forEach(Visitor::close);
    }
}
