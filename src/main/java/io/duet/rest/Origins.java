package io.duet.rest;

import io.duet.config.DuetConfig;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which web origins (RFC 6454) may call this server: its own and those in {@code duet.allowed-origins}. Its own is what the
 * request's {@code Host} header says, whatever the scheme, since TLS may end at a proxy in front. Any thread.
 */
@Singleton
public final class Origins {

    private final Set<String> allowed;

    @Inject
    public Origins(DuetConfig config) {
        this(config.allowedOrigins());
    }

    Origins(Set<String> allowed) {
        this.allowed = allowed.stream().map(Origins::normal).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Whether a request may be served. One without {@code Origin} comes from no foreign page and may.
     *
     * @param origin the {@code Origin} header, or null
     * @param host the {@code Host} header, or null
     */
    public boolean permits(String origin, String host) {
        return origin == null || isAllowed(origin) || isOwn(origin, host);
    }

    /** Whether {@code origin} is one of {@code duet.allowed-origins}. */
    boolean isAllowed(String origin) {
        return allowed.contains(normal(origin));
    }

    private static boolean isOwn(String origin, String host) {
        if (host == null) {
            return false;
        }
        final Optional<URI> uri = web(origin);
        return uri.isPresent()
                && withoutDefaultPort(uri.get().getScheme(), uri.get().getAuthority())
                        .equals(withoutDefaultPort(uri.get().getScheme(), host.toLowerCase(Locale.ROOT)));
    }

    private static Optional<URI> web(String origin) {
        try {
            final URI uri = new URI(origin.toLowerCase(Locale.ROOT));
            final boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            return web && uri.getHost() != null && uri.getUserInfo() == null ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException notOrigin) {
            return Optional.empty();
        }
    }

    private static String normal(String origin) {
        return web(origin)
                .map(uri -> uri.getScheme() + "://" + withoutDefaultPort(uri.getScheme(), uri.getAuthority()))
                .orElse(origin);
    }

    private static String withoutDefaultPort(String scheme, String authority) {
        final String port = scheme.equals("https") ? ":443" : ":80";
        return authority.endsWith(port) ? authority.substring(0, authority.length() - port.length()) : authority;
    }
}
