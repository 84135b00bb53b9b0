package io.duet.rest;

import io.duet.config.DuetConfig;
import io.duet.config.NetworkRange;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From which address a request comes: that of the peer, unless the peer is one of {@code duet.proxy.trusted}. Then it is the
 * rightmost address in {@code duet.proxy.header} that is not a trusted proxy itself, since each proxy adds on the right the
 * one that it saw and whatever stands further left may be invented by the client. Any thread.
 */
@Singleton
public final class ClientAddress {

    private static final String X_FORWARDED_FOR = "X-Forwarded-For";
    private static final String FORWARDED = "Forwarded";
    /** Beyond so many proxies nobody looks further. */
    private static final int MOST_HOPS = 32;
    /** An address, or an IPv6 one in brackets, with or without a port (RFC 7239, section 6). */
    private static final Pattern NODE =
            Pattern.compile("\\[([^\\]]+)](?::[0-9]{1,5})?|([0-9.]+)(?::[0-9]{1,5})?|([0-9A-Fa-f:.]+)");

    private final DuetConfig.Proxy proxy;

    @Inject
    public ClientAddress(DuetConfig config) {
        this(config.proxy());
    }

    ClientAddress(DuetConfig.Proxy proxy) {
        this.proxy = proxy;
    }

    /** A literal without zone or port. */
    public String of(HttpServletRequest request) {
        String peer = request.getRemoteAddr();
        Optional<InetAddress> address = NetworkRange.address(peer);
        if (address.isEmpty() || !trusted(address.get())) {
            return address.map(InetAddress::getHostAddress).orElse(peer);
        }
        return behind(address.get(), hops(request)).getHostAddress();
    }

    /** The last one that somebody trusted has told us. */
    private InetAddress behind(InetAddress peer, List<String> hops) {
        InetAddress nearest = peer;
        for (String hop : hops) {
            Optional<InetAddress> next = node(hop);
            if (next.isEmpty()) {
                return nearest;
            }
            nearest = next.get();
            if (!trusted(nearest)) {
                return nearest;
            }
        }
        return nearest;
    }

    private boolean trusted(InetAddress address) {
        return proxy.trusted().stream().anyMatch(range -> range.contains(address));
    }

    /** Whom the proxies saw, the nearest first. */
    private List<String> hops(HttpServletRequest request) {
        boolean standard = proxy.header() == DuetConfig.ProxyHeader.FORWARDED;
        List<String> values = Collections.list(request.getHeaders(standard ? FORWARDED : X_FORWARDED_FOR));
        Collections.reverse(values);
        return values.stream()
                .flatMap(value -> fromTheRight(value, ',').stream())
                .limit(MOST_HOPS)
                .map(element -> standard ? forParameter(element) : element)
                .toList();
    }

    /** The {@code for} parameter of an element, without its quotes; empty when it has none. */
    private static String forParameter(String element) {
        for (String pair : fromTheRight(element, ';')) {
            int equals = pair.indexOf('=');
            if (equals > 0
                    && pair.substring(0, equals)
                            .strip()
                            .toLowerCase(Locale.ROOT)
                            .equals("for")) {
                String value = pair.substring(equals + 1).strip();
                boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
                return quoted ? value.substring(1, value.length() - 1) : value;
            }
        }
        return "";
    }

    /**
     * The parts between separators that do not stand within quotes, the last one first. Read from the right, since a quote
     * that a client has left open would else swallow what the proxies have added.
     */
    private static List<String> fromTheRight(String value, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int end = value.length();
        for (int i = end - 1; i >= 0; i--) {
            char c = value.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(value.substring(i + 1, end).strip());
                end = i;
            }
        }
        parts.add(value.substring(0, end).strip());
        return parts;
    }

    private static Optional<InetAddress> node(String text) {
        Matcher node = NODE.matcher(text);
        if (!node.matches()) {
            return Optional.empty();
        }
        for (int group = 1; group <= node.groupCount(); group++) {
            if (node.group(group) != null) {
                return NetworkRange.address(node.group(group));
            }
        }
        return Optional.empty();
    }
}
