package io.duet.bench;

import java.nio.ByteBuffer;

/** The one buffer into which all connections of a loop read, in turn; what is left of a frame is kept by its connection. */
final class ReadBuffer {
    private static final int BYTES = 256 * 1024;

    private final ByteBuffer buffer = ByteBuffer.allocate(BYTES);

    /** The buffer with the rest of last time in front. */
    ByteBuffer startingWith(byte[] rest) {
        buffer.clear();
        buffer.put(rest);
        return buffer;
    }
}
