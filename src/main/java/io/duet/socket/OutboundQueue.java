package io.duet.socket;

import io.duet.config.DuetConfig;
import io.duet.protocol.CloseCode;
import io.duet.protocol.FrameCodec;
import io.duet.protocol.ServerFrame;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Executor;

/**
 * What waits to go out on one connection, in order; exactly one send is under way at a time, the next begins when it is
 * done. Bounded in frames and bytes: a client that lets it fill reads too slowly and is closed with 1013. When much waits,
 * a hint replaces the waiting one of the same kind instead of queueing behind it. Safe for all threads; nothing blocks.
 */
final class OutboundQueue {
    /** From so many waiting frames on, hints coalesce. */
    private static final int CROWDED_FRAMES = 64;

    private final Transport transport;
    private final FrameCodec codec;
    private final DuetConfig.Outbound limits;
    private final Executor work;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private final Map<HintKind, Waiting> waitingHints = new HashMap<>();
    private int waitingBytes;
    private boolean sending;
    private long sendingSinceNanos;
    private boolean closed;
    private Closing closing;

    private static final class Waiting {
        private String text;
        private final HintKind kind;

        Waiting(String text, HintKind kind) {
            this.text = text;
            this.kind = kind;
        }
    }

    private record Closing(int code, String reason) {}

    /** Two hints of one kind: only the newer one matters. */
    private record HintKind(Class<? extends ServerFrame> frame, UUID about, UUID by) {}

    OutboundQueue(Transport transport, FrameCodec codec, DuetConfig.Outbound limits, Executor work) {
        this.transport = transport;
        this.codec = codec;
        this.limits = limits;
        this.work = work;
    }

    /** Queues a frame that must arrive. */
    void send(ServerFrame frame) {
        add(new Waiting(codec.encode(frame), null));
    }

    /** Queues a frame that may be replaced by a newer one of its kind. */
    void hint(ServerFrame frame) {
        final HintKind kind = kind(frame);
        final String text = codec.encode(frame);
        synchronized (this) {
            final Waiting older = waiting.size() >= CROWDED_FRAMES ? waitingHints.get(kind) : null;
            if (older != null) {
                waitingBytes += text.length() - older.text.length();
                older.text = text;
                return;
            }
        }
        add(new Waiting(text, kind));
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
            if (closed || closing != null) {
                return;
            }
            full = waiting.size() >= limits.frames() || waitingBytes + added.text.length() > limits.bytes();
            if (!full) {
                waiting.add(added);
                waitingBytes += added.text.length();
                if (added.kind != null) {
                    waitingHints.put(added.kind, added);
                }
            }
        }
        if (full) {
            closeNow(CloseCode.OVERLOADED.code(), "reads too slowly");
        } else {
            sendWaiting();
        }
    }

    /** Starts sends until one is really under way: a send may complete before it returns. */
    private void sendWaiting() {
        Waiting next = begin();
        while (next != null) {
            final OneSend send = new OneSend();
            transport.send(next.text, send::done);
            next = send.completedAtOnce() ? begin() : null;
        }
    }

    /** The next text, if none is under way; when all is out, a wanted close happens. */
    private Waiting begin() {
        final Closing last;
        synchronized (this) {
            if (sending || closed) {
                return null;
            }
            final Waiting next = waiting.poll();
            if (next != null) {
                waitingBytes -= next.text.length();
                if (next.kind != null) {
                    waitingHints.remove(next.kind, next);
                }
                sending = true;
                sendingSinceNanos = System.nanoTime();
                return next;
            }
            if (closing == null) {
                return null;
            }
            closed = true;
            last = closing;
        }
        work.execute(() -> transport.close(last.code(), last.reason()));
        return null;
    }

    /** One send: tells whether its completion came while it was being started, so that the starter goes on in its loop. */
    private final class OneSend {
        private boolean started;
        private boolean done;

        void done(Throwable failure) {
            synchronized (OutboundQueue.this) {
                sending = false;
            }
            if (failure != null) {
                closeNow(CloseCode.OVERLOADED.code(), "reads too slowly");
                return;
            }
            synchronized (this) {
                done = true;
                if (!started) {
                    return;
                }
            }
            sendWaiting();
        }

        synchronized boolean completedAtOnce() {
            started = true;
            return done;
        }
    }

    /** Closes after all that waits has gone out; nothing more is taken. The first close wins. */
    void closeAfterSending(int code, String reason) {
        synchronized (this) {
            if (closing == null) {
                closing = new Closing(code, reason);
            }
        }
        sendWaiting();
    }

    /**
     * Drops what waits and closes, by another thread. A send that is under way may end first: a server that is told to close
     * over a send that nobody reads sends no close frame and keeps the socket (Open Liberty does). A close that was waiting
     * already keeps its code.
     */
    void closeNow(int code, String reason) {
        drop(code, reason);
        sendWaiting();
    }

    /**
     * Drops what waits and closes, by this thread, which must be the one that reads the connection. A server that is told to
     * close by another thread while it reads may stop reading (Open Liberty does), and then a client that goes on writing
     * never sees the close.
     */
    void closeWhileReading(int code, String reason) {
        closeOverSend(code, reason, Runnable::run);
    }

    private void closeOverSend(int code, String reason, Executor closer) {
        final Closing last;
        synchronized (this) {
            drop(code, reason);
            if (closed) {
                return;
            }
            closed = true;
            last = closing;
        }
        closer.execute(() -> transport.close(last.code(), last.reason()));
    }

    private synchronized void drop(int code, String reason) {
        waiting.clear();
        waitingHints.clear();
        waitingBytes = 0;
        if (closing == null) {
            closing = new Closing(code, reason);
        }
    }

    /** To be called now and then: when even the end of a send that nobody reads is overdue, closes all the same. */
    void check(long nowNanos) {
        final boolean overdue;
        synchronized (this) {
            overdue = sending
                    && nowNanos - sendingSinceNanos >= limits.sendTimeout().toNanos() * 2;
        }
        if (overdue) {
            closeOverSend(CloseCode.OVERLOADED.code(), "reads too slowly", work);
        }
    }
}
