package io.duet.rest;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.TreeSet;

/**
 * What the page may load and whom it may ask (Content Security Policy Level 3): its own server only, and with requests of its
 * programs also the issuers where people sign in. Any thread.
 */
@Singleton
public final class ContentSecurityPolicy {

    /** For what is no page: it loads nothing, even where a browser takes it for one. */
    static final String OF_DATA = "default-src 'none'; frame-ancestors 'none'";

    private final PageConnections connections;

    @Inject
    public ContentSecurityPolicy(PageConnections connections) {
        this.connections = connections;
    }

    /** The value of the header at this moment: it changes when an issuer has been reached for the first time. */
    public String header() {
        final StringBuilder connect = new StringBuilder("connect-src 'self'");
        new TreeSet<>(connections.origins())
                .forEach(origin -> connect.append(' ').append(origin));
        return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
                + connect
                + "; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
                + "require-trusted-types-for 'script'";
    }
}
