package io.duet.socket;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Judges the opening handshake of a client (RFC 6455, section 4.2). No extension and no subprotocol is ever chosen. The bearer
 * token of the request (RFC 6750, section 2.1) counts only in the {@code Authorization} header: one in the URL, a cookie or a
 * subprotocol is none. It is judged at {@code connect}.
 */
final class Handshake {
    static final String VERSION = "13";

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;
    private static final String SCHEME = "bearer ";

    private Handshake() {}

    /** What a request gets. */
    sealed interface Outcome {
        /** @param accept the value of {@code Sec-WebSocket-Accept} */
        record Accepted(String accept) implements Outcome {}

        /** 426: this is no upgrade to version 13 of the WebSocket. */
        record UpgradeRequired() implements Outcome {}

        /** 400: an upgrade, but a wrong one. */
        record Bad() implements Outcome {}
    }

    /** @param headers all values of a header, by its name in any case */
    static Outcome judge(String protocol, Function<String, List<String>> headers) {
        if (!contains(headers.apply("Upgrade"), "websocket") || !contains(headers.apply("Connection"), "upgrade")) {
            return new Outcome.UpgradeRequired();
        }
        final List<String> versions = headers.apply("Sec-WebSocket-Version");
        if (versions.size() != 1 || !versions.get(0).trim().equals(VERSION)) {
            return new Outcome.UpgradeRequired();
        }
        final List<String> keys = headers.apply("Sec-WebSocket-Key");
        if (keys.size() != 1 || !isKey(keys.get(0).trim()) || !protocol.equals("HTTP/1.1")) {
            return new Outcome.Bad();
        }
        return new Outcome.Accepted(accept(keys.get(0).trim()));
    }

    private static boolean contains(List<String> values, String token) {
        return values.stream()
                .flatMap(value -> Arrays.stream(value.split(",")))
                .anyMatch(value -> value.trim().equalsIgnoreCase(token));
    }

    private static boolean isKey(String key) {
        try {
            final byte[] nonce = Base64.getDecoder().decode(key);
            return nonce.length == KEY_BYTES
                    && Base64.getEncoder().encodeToString(nonce).equals(key);
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    private static String accept(String key) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1")
                            .digest((key + GUID).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        }
    }

    /** The bearer token of a request, if it has exactly one {@code Authorization} header of that scheme. */
    static Optional<String> bearerToken(List<String> authorization) {
        return Optional.of(authorization)
                .filter(values -> values.size() == 1)
                .map(values -> values.get(0))
                .filter(value -> value.toLowerCase(Locale.ROOT).startsWith(SCHEME))
                .map(value -> value.substring(SCHEME.length()).trim());
    }
}
