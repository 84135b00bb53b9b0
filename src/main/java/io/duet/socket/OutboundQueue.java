package io.duet.socket;

import io.duet.config.DuetConfig;
import io.duet.protocol.CloseCode;
import io.duet.protocol.FrameCodec;
import io.duet.protocol.ServerFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * What waits to go out on one connection, in order; exactly one write is under way at a time, the next begins when it is
 * done and takes as much of what waits as makes a good write. Bounded in frames and bytes: a client that lets it fill reads too
 * slowly and is closed with 1013. When much waits, a hint replaces the waiting one of the same kind instead of queueing behind
 * it; of pongs only the newest waits. Safe for all threads; nothing blocks.
 */
final class OutboundQueue {
    /** From so many waiting frames on, hints coalesce. */
    private static final int CROWDED_FRAMES = 64;

    /** One write takes so many bytes of frames, or one frame. */
    private static final int WRITE_BYTES = 16 * 1024;

    private final Wire wire;
    private final FrameCodec codec;
    private final DuetConfig.Outbound limits;
    private final Runnable closeWritten;
    private final Runnable failed;
    private final Consumer<IOException> written = this::written;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private final Map<HintKind, Waiting> waitingHints = new HashMap<>();
    private int waitingBytes;
    private byte[] pong;
    private int holding;
    private boolean writing;
    private long writingSinceNanos;
    private Closing closing;
    private boolean closeWriting;

    private static final class Waiting {
        private byte[] text;
        private final HintKind kind;

        Waiting(byte[] text, HintKind kind) {
            this.text = text;
            this.kind = kind;
        }
    }

    private record Closing(int code, String reason) {}

    /** Two hints of one kind: only the newer one matters. */
    private record HintKind(Class<? extends ServerFrame> frame, UUID about, UUID by) {}

    /**
     * @param closeWritten is run, by any thread, when the close frame is out: nothing follows it
     * @param failed is run, by any thread, when nothing can be written any more: the peer has gone, or takes nothing for too long
     */
    OutboundQueue(Wire wire, FrameCodec codec, DuetConfig.Outbound limits, Runnable closeWritten, Runnable failed) {
        this.wire = wire;
        this.codec = codec;
        this.limits = limits;
        this.closeWritten = closeWritten;
        this.failed = failed;
    }

    /** Writes what these sends queue in as few writes as possible. */
    void together(Runnable sends) {
        synchronized (this) {
            holding++;
        }
        try {
            sends.run();
        } finally {
            synchronized (this) {
                holding--;
            }
            writeWaiting();
        }
    }

    /** Queues a frame that must arrive. */
    void send(ServerFrame frame) {
        add(new Waiting(encode(frame), null));
    }

    /** Queues a frame that may be replaced by a newer one of its kind. */
    void hint(ServerFrame frame) {
        final HintKind kind = kind(frame);
        final byte[] text = encode(frame);
        synchronized (this) {
            final Waiting older = waiting.size() >= CROWDED_FRAMES ? waitingHints.get(kind) : null;
            if (older != null) {
                waitingBytes += text.length - older.text.length;
                older.text = text;
                return;
            }
        }
        add(new Waiting(text, kind));
    }

    private byte[] encode(ServerFrame frame) {
        return codec.encode(frame).getBytes(StandardCharsets.UTF_8);
    }

    /** Answers a ping; a newer one replaces what still waits (RFC 6455, section 5.5.3). */
    void pong(byte[] payload) {
        synchronized (this) {
            if (closing != null) {
                return;
            }
            pong = payload;
        }
        writeWaiting();
    }

    private static HintKind kind(ServerFrame frame) {
        if (frame instanceof ServerFrame.Delivered delivered) {
            return new HintKind(ServerFrame.Delivered.class, delivered.conversationId(), delivered.deviceId());
        } else if (frame instanceof ServerFrame.Read read) {
            return new HintKind(ServerFrame.Read.class, read.conversationId(), read.readerId());
        } else if (frame instanceof ServerFrame.Presence presence) {
            return new HintKind(ServerFrame.Presence.class, presence.userId(), null);
        } else if (frame instanceof ServerFrame.Typing typing) {
            return new HintKind(ServerFrame.Typing.class, typing.conversationId(), typing.userId());
        }
        throw new IllegalArgumentException("not a hint: " + frame.getClass().getSimpleName());
    }

    private void add(Waiting added) {
        final boolean full;
        synchronized (this) {
            if (closing != null) {
                return;
            }
            full = waiting.size() >= limits.frames() || waitingBytes + added.text.length > limits.bytes();
            if (!full) {
                waiting.add(added);
                waitingBytes += added.text.length;
                if (added.kind != null) {
                    waitingHints.put(added.kind, added);
                }
            }
        }
        if (full) {
            closeNow(CloseCode.OVERLOADED.code(), "reads too slowly");
        } else {
            writeWaiting();
        }
    }

    synchronized int waitingFrames() {
        return waiting.size();
    }

    synchronized int waitingBytes() {
        return waitingBytes;
    }

    /** Writes until a write is really under way or nothing waits. */
    private void writeWaiting() {
        ByteBuffer next = begin();
        while (next != null && wire.write(next, written)) {
            next = done() ? null : begin();
        }
    }

    /** The next bytes, if no write is under way. */
    private synchronized ByteBuffer begin() {
        if (writing || closeWriting || (holding > 0 && waitingBytes < WRITE_BYTES)) {
            return null;
        }
        final ByteBuffer next;
        if (pong != null || !waiting.isEmpty()) {
            next = gather();
        } else if (closing != null) {
            next = FrameWriter.close(closing.code(), closing.reason());
            closeWriting = true;
        } else {
            return null;
        }
        writing = true;
        writingSinceNanos = System.nanoTime();
        return next;
    }

    private ByteBuffer gather() {
        int bytes = pong == null ? 0 : FrameWriter.frameBytes(pong.length);
        int count = 0;
        for (Waiting next : waiting) {
            final int more = FrameWriter.frameBytes(next.text.length);
            if (bytes > 0 && bytes + more > WRITE_BYTES) {
                break;
            }
            bytes += more;
            count++;
        }
        final ByteBuffer frames = ByteBuffer.allocate(bytes);
        if (pong != null) {
            FrameWriter.pong(pong, frames);
            pong = null;
        }
        for (int i = 0; i < count; i++) {
            final Waiting next = waiting.remove();
            waitingBytes -= next.text.length;
            if (next.kind != null) {
                waitingHints.remove(next.kind, next);
            }
            FrameWriter.text(next.text, frames);
        }
        return frames.flip();
    }

    private void written(IOException failure) {
        if (failure != null) {
            failed.run();
        } else if (!done()) {
            writeWaiting();
        }
    }

    /** A write is done. Whether it was the last. */
    private boolean done() {
        synchronized (this) {
            writing = false;
            if (!closeWriting) {
                return false;
            }
        }
        closeWritten.run();
        return true;
    }

    /** Closes after all that waits has gone out; nothing more is taken. The first close wins. */
    void closeAfterSending(int code, String reason) {
        synchronized (this) {
            if (closing == null) {
                closing = new Closing(code, reason);
            }
        }
        writeWaiting();
    }

    /**
     * Drops what waits and closes. A write that is under way ends first, since it may end inside a frame. A close that was
     * waiting already keeps its code.
     */
    void closeNow(int code, String reason) {
        synchronized (this) {
            waiting.clear();
            waitingHints.clear();
            waitingBytes = 0;
            pong = null;
            if (closing == null) {
                closing = new Closing(code, reason);
            }
        }
        writeWaiting();
    }

    /** To be called now and then: gives up when the write under way takes too long, for then the client does not read. */
    void check(long nowNanos) {
        final boolean overdue;
        synchronized (this) {
            overdue = writing
                    && nowNanos - writingSinceNanos >= limits.sendTimeout().toNanos();
        }
        if (overdue) {
            failed.run();
        }
    }
}
