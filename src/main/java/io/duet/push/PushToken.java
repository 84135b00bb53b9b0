package io.duet.push;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a device at a push service, as a client gave it. Nothing in it may be trusted.
 *
 * @param kind {@value #WEB_PUSH} for a JSON object (a subscription of the Push API), else what stands before the first colon
 *     when that is a short lower-case name ({@code fcm:…}, {@code apns:…}), else empty
 * @param value the token without its kind; for a subscription the whole JSON
 */
public record PushToken(String kind, String value) {
    /** A browser's subscription (W3C Push API). */
    public static final String WEB_PUSH = "webpush";

    private static final Pattern WITH_KIND = Pattern.compile("([a-z][a-z0-9-]{0,31}):(.+)", Pattern.DOTALL);

    static PushToken parse(String token) {
        if (token.stripLeading().startsWith("{")) {
            return new PushToken(WEB_PUSH, token);
        }
        Matcher parts = WITH_KIND.matcher(token);
        return parts.matches() ? new PushToken(parts.group(1), parts.group(2)) : new PushToken("", token);
    }

    /** Without the token, so that no log line can hold it. */
    @Override
    public String toString() {
        return "PushToken[kind=" + kind + "]";
    }
}
