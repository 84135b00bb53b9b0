package io.duet.socket;

import io.duet.protocol.CloseCode;

/** What a client has sent, as RFC 6455 sees it. */
sealed interface Incoming {
    /** A whole text message, in however many fragments it came. */
    record Text(String text) implements Incoming {}

    record Ping(byte[] payload) implements Incoming {}

    record Pong() implements Incoming {}

    /** @param code {@link FrameWriter#NO_STATUS} when the client gave none */
    record Close(int code) implements Incoming {}

    /** The client broke the rules: this is why it is closed. Nothing comes after it. */
    record Broken(CloseCode code, String reason) implements Incoming {}
}
