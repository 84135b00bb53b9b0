package io.duet.protocol;

/** Why this server closes a WebSocket (RFC 6455, section 7.4; from 4000 on they are this protocol's own). */
public enum CloseCode {
    /** The node is draining: connect again, after {@code reconnect_delay}. */
    DRAINING(1001, "draining"),
    /** The client broke RFC 6455: fix the client. */
    PROTOCOL_ERROR(1002, "protocol error"),
    /** A binary frame: fix the client. */
    BINARY(1003, "text frames only"),
    /** Invalid UTF-8: fix the client. */
    INVALID_UTF8(1007, "invalid UTF-8"),
    /** A frame above the limit: fix the client. */
    TOO_BIG(1009, "frame too big"),
    /** The node is overloaded or this client reads too slowly: connect again, with back-off. */
    OVERLOADED(1013, "overloaded"),
    /** The first frame was not a valid {@code connect}, or too many bad frames: do not connect again. */
    BAD_FIRST_FRAME(4400, "bad frame"),
    /** Token missing, invalid, expired or revoked: connect again with a new one. */
    UNAUTHORIZED(4401, "unauthorized"),
    /** Nothing was heard for {@code heartbeat_timeout}: connect again. */
    HEARTBEAT(4408, "heartbeat timeout"),
    /** This device connected elsewhere: connect again only when the person asks. */
    DISPLACED(4409, "displaced by a newer connection");

    private final int code;
    private final String reason;

    CloseCode(int code, String reason) {
        this.code = code;
        this.reason = reason;
    }

    /** The status code of the close frame. */
    public int code() {
        return code;
    }

    /** A short text for a developer: ASCII, well under the 123 bytes that a close frame can carry. */
    public String reason() {
        return reason;
    }
}
