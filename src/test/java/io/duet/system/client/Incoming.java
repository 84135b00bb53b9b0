package io.duet.system.client;

/** What a {@link RawWebSocket} received: one whole message, one control frame, or the end. */
public sealed interface Incoming {

    record Text(String text) implements Incoming {}

    record Binary(byte[] bytes) implements Incoming {}

    record Ping(byte[] bytes) implements Incoming {}

    record Pong(byte[] bytes) implements Incoming {}

    /** A close frame (RFC 6455, 5.5.1); {@code code} is 1005 when the frame carried none. */
    record Close(int code, String reason) implements Incoming {}

    /** The connection ended without a close frame: end of stream or reset. */
    record Gone(String how) implements Incoming {}

    /** Nothing whole arrived within the deadline. */
    record Nothing() implements Incoming {}
}
