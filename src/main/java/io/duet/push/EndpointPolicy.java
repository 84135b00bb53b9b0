package io.duet.push;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where pushes may go. Clients name the endpoints, so without this the server could be made to call addresses that only it
 * can reach (server-side request forgery): allowed are {@code https} on port 443 at public addresses, and the hosts that the
 * site names. TLS closes the gap between this look-up and the connection's own: whoever answers there must own the name.
 */
final class EndpointPolicy {
    private static final int HTTPS_PORT = 443;

    private final Set<String> allowedHosts;
    private final boolean proxied;

    /** @param proxied a proxy looks names up, so one that this node cannot look up is none of its business */
    EndpointPolicy(Set<String> allowedHosts, boolean proxied) {
        this.allowedHosts = allowedHosts;
        this.proxied = proxied;
    }

    /** Why the endpoint may not be called, or empty. Blocks on the DNS; asked again for each push, because names move. */
    Optional<String> refusal(URI endpoint) {
        if (!"https".equalsIgnoreCase(endpoint.getScheme())
                || endpoint.getHost() == null
                || endpoint.getUserInfo() != null) {
            return Optional.of("the endpoint is not a plain https URL");
        }
        String host = endpoint.getHost().toLowerCase(Locale.ROOT);
        if (allowedHosts.contains(host.replaceAll("[\\[\\]]", ""))) {
            return Optional.empty();
        }
        if (endpoint.getPort() != -1 && endpoint.getPort() != HTTPS_PORT) {
            return Optional.of("the endpoint's port is not 443");
        }
        try {
            boolean allPublic = Arrays.stream(InetAddress.getAllByName(host)).allMatch(EndpointPolicy::isPublic);
            return allPublic ? Optional.empty() : Optional.of("the endpoint is at a private address");
        } catch (UnknownHostException e) {
            return proxied ? Optional.empty() : Optional.of("the endpoint's host is unknown");
        }
    }

    /** By the special-purpose address registries of IANA (RFC 6890). */
    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address ? isPublic6(bytes) : address instanceof Inet4Address && isPublic4(bytes);
    }

    private static boolean isPublic4(byte[] bytes) {
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        int third = bytes[2] & 0xff;
        boolean thisNetwork = first == 0;
        boolean sharedByCarriers = first == 100 && (second & 0xc0) == 64;
        boolean protocols = first == 192 && second == 0 && (third == 0 || third == 2);
        boolean benchmarks = first == 198 && (second & 0xfe) == 18;
        boolean documentation =
                first == 198 && second == 51 && third == 100 || first == 203 && second == 0 && third == 113;
        boolean reserved = first >= 240;
        return !(thisNetwork || sharedByCarriers || protocols || benchmarks || documentation || reserved);
    }

    /** Global unicast only (2000::/3), without the ranges there that tunnel to IPv4 or document. */
    private static boolean isPublic6(byte[] bytes) {
        int first = (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
        int second = (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
        boolean global = (first & 0xe000) == 0x2000;
        boolean sixToFour = first == 0x2002;
        boolean protocols = first == 0x2001 && second < 0x0200;
        boolean documentation = first == 0x2001 && second == 0x0db8;
        return global && !sixToFour && !protocols && !documentation;
    }
}
