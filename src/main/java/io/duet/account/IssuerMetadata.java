package io.duet.account;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.net.URISyntaxException;
import java.text.ParseException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an issuer says of itself (OpenID Connect Discovery 1.0, section 3), as far as Duet and its page need it. Every address
 * is https, or http of this very machine.
 */
record IssuerMetadata(
        URI keys,
        Optional<URI> authorization,
        Optional<URI> token,
        Optional<URI> endSession,
        Optional<URI> revocation) {

    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

    /** @throws ParseException when the document is that of another issuer, or an address cannot be trusted */
    static IssuerMetadata parse(String issuer, String document) throws ParseException {
        Map<String, Object> fields = JSONObjectUtils.parse(document);
        if (!issuer.equals(JSONObjectUtils.getString(fields, "issuer"))) {
            throw new ParseException("the document names another issuer", 0);
        }
        return new IssuerMetadata(
                address(fields, "jwks_uri").orElseThrow(() -> new ParseException("jwks_uri is missing", 0)),
                address(fields, "authorization_endpoint"),
                address(fields, "token_endpoint"),
                address(fields, "end_session_endpoint"),
                address(fields, "revocation_endpoint"));
    }

    private static Optional<URI> address(Map<String, Object> fields, String name) throws ParseException {
        String text = JSONObjectUtils.getString(fields, name);
        if (text == null) {
            return Optional.empty();
        }
        try {
            URI address = new URI(text);
            boolean safe = "https".equals(address.getScheme())
                    || "http".equals(address.getScheme()) && THIS_MACHINE.contains(String.valueOf(address.getHost()));
            if (safe && address.getHost() != null && address.getUserInfo() == null) {
                return Optional.of(address);
            }
        } catch (URISyntaxException malformed) {
            throw new ParseException(name + " is no address", malformed.getIndex());
        }
        throw new ParseException(name + " is no https address", 0);
    }

    /** Where the page of Duet sends requests of its own: the web origins (RFC 6454) of these. */
    Set<String> origins() {
        return Stream.of(token, revocation)
                .flatMap(Optional::stream)
                .map(address -> address.getScheme() + "://" + address.getRawAuthority())
                .collect(Collectors.toUnmodifiableSet());
    }
}
