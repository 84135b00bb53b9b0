package io.duet.socket;

import java.util.function.Consumer;

/** The wire of one connection, as the outbound queue sees it: one text at a time. Tests have one without a network. */
interface Transport {
    /** Sends one text message and calls {@code done} with null, or with what went wrong, on whatever thread. */
    void send(String text, Consumer<Throwable> done);

    /** Closes; may block for as long as the peer does not read, so it is called on the work executor only. */
    void close(int code, String reason);
}
