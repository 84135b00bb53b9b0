package io.duet.push;

import com.zerodeplibs.webpush.UserAgentMessageEncryptionKeyInfo;
import java.net.URI;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A browser's subscription, as {@code PushSubscription.toJSON()} gives it (W3C Push API, section 8).
 *
 * @param keys with which only that browser can decrypt (RFC 8291)
 */
record Subscription(URI endpoint, UserAgentMessageEncryptionKeyInfo keys) {
    private static final int AUTH_SECRET_BYTES = 16;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(4).build())
                    .build())
            .build();

    /** @throws IllegalArgumentException when it is none, with a reason that tells nothing of it */
    static Subscription parse(String json) {
        JsonNode subscription = read(json);
        String endpoint = text(subscription.path("endpoint"));
        JsonNode keys = subscription.path("keys");
        byte[] publicKey = base64(text(keys.path("p256dh")));
        byte[] authSecret = base64(text(keys.path("auth")));
        if (authSecret.length != AUTH_SECRET_BYTES) {
            throw new IllegalArgumentException("the authentication secret has not 16 bytes");
        }
        try {
            return new Subscription(URI.create(endpoint), UserAgentMessageEncryptionKeyInfo.of(publicKey, authSecret));
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("the endpoint is no URI or the key no point of the curve P-256", e);
        }
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("no JSON");
        }
    }

    private static String text(JsonNode value) {
        if (!value.isString()) {
            throw new IllegalArgumentException("endpoint, keys.p256dh or keys.auth is missing");
        }
        return value.asString();
    }

    private static byte[] base64(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the keys are not in the URL-safe base64 alphabet");
        }
    }

    /** Without the endpoint and keys, so that no log line can hold them. */
    @Override
    public String toString() {
        return "Subscription[" + endpoint.getHost() + "]";
    }
}
