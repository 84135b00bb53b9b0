package io.duet.protocol;

import java.util.Locale;

/**
 * Why a request was refused: the closed set of codes that a client may rely on, in {@code error} frames as {@code code}
 * and in REST problem details (RFC 9457) as {@code code}.
 */
public enum ErrorCode {
    /** Not one well-formed JSON object, or a field is missing, has the wrong type or is out of its range. */
    BAD_REQUEST(400),
    /** A well-formed frame whose {@code action} this server does not know. */
    UNKNOWN_ACTION(400),
    /** Token missing, invalid, expired or revoked; or (with status 403) the caller may not do this at all. */
    UNAUTHORIZED(401),
    /** No such thing, or it is not the caller's: the two are indistinguishable. */
    NOT_FOUND(404),
    /** The text shows nothing. */
    CONTENT_EMPTY(400),
    /** The text has more code points than allowed. */
    CONTENT_TOO_LONG(400),
    /** The text holds U+0000 or an unpaired surrogate. */
    CONTENT_INVALID(400),
    /** Not 1 to 64 visible ASCII characters. */
    CLIENT_MESSAGE_ID_INVALID(400),
    /** This id already stands for other content, which stays. */
    CLIENT_MESSAGE_ID_CONFLICT(409),
    /** A sequence number beyond the last message of the conversation. */
    SEQUENCE_OUT_OF_RANGE(400),
    /** Nobody with that id, or oneself. */
    RECIPIENT_INVALID(400),
    /** Too many in too short a time; the same request succeeds later. */
    RATE_LIMITED(429, true),
    /** Storage or cluster cannot serve now: nothing was stored, or a retry will find it. */
    UNAVAILABLE(503, true);

    private final String wireName = name().toLowerCase(Locale.ROOT);
    private final int httpStatus;
    private final boolean retryable;

    ErrorCode(int httpStatus) {
        this(httpStatus, false);
    }

    ErrorCode(int httpStatus, boolean retryable) {
        this.httpStatus = httpStatus;
        this.retryable = retryable;
    }

    /** The code as it stands on the wire, for example {@code content_too_long}. */
    public String wireName() {
        return wireName;
    }

    /** Whether the very same request may succeed later. */
    public boolean retryable() {
        return retryable;
    }

    /** The HTTP status that REST answers with, unless the place that refuses knows a more exact one. */
    public int httpStatus() {
        return httpStatus;
    }
}
