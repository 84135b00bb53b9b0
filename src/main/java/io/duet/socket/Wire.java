package io.duet.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The bytes of one upgraded connection. Nothing blocks. At most one read and one write are under way at a time; reads, writes
 * and the end may come from different threads.
 */
interface Wire {

    /** Takes what comes in; called by one thread at a time. */
    interface Reader {
        /** @param bytes to be used or copied before this returns */
        void bytes(ByteBuffer bytes);

        /** Bytes may be there: read until {@link Wire#read} says that nothing is, or stop and read later, by any thread. */
        void readOn();

        /** No more bytes will come: the peer has gone. */
        void ended();
    }

    /**
     * Gives the bytes that are there to the reader and returns true. When none are, returns false and tells the reader by
     * {@link Reader#readOn} once there are, so that whoever does not ask is not told and the peer must wait.
     */
    boolean read(Reader reader);

    /**
     * Writes all of these bytes.
     *
     * @param later is called, with null or with what went wrong, only if this returns false
     * @return whether everything was written at once
     */
    boolean write(ByteBuffer bytes, Consumer<IOException> later);

    /** Ends the connection at once, whatever is under way. Repeating it does no harm. */
    void cut();
}
