package io.duet.socket;

import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * A connection on Open Liberty, by the TCP channel beneath the streams of the Servlet API, since those do not keep what they
 * promise there: {@code flush} blocks although a {@code WriteListener} is set, and {@code onDataAvailable} is called again, and a byte
 * lost, when a reader stops without having read everything. It also spares their buffers: an idle connection has none.
 */
final class LibertyWire implements Wire, InvocationHandler {
    private static final Logger LOG = Logger.getLogger(LibertyWire.class);
    private static final int READ_BYTES = 8 * 1024;

    /** So long after a read or a write began, the server's selector has certainly heard of it. */
    private static final Duration SETTLED = Duration.ofSeconds(1);

    private final LibertyTcp tcp;
    private final ScheduledExecutorService scheduler;
    private final Object link;
    private final Object virtual;
    private final Object readContext;
    private final Object writeContext;
    private final Object callbacks;
    private ByteBuffer early;
    private volatile Reader reader;
    private boolean reading;
    private Object written;
    private long begunNanos;
    private Consumer<IOException> later;
    private boolean beginning;
    private IOException failedAtOnce;
    private boolean cut;

    LibertyWire(LibertyTcp tcp, WebConnection connection, ScheduledExecutorService scheduler) {
        this.tcp = tcp;
        this.scheduler = scheduler;
        this.link = tcp.link(connection);
        this.virtual = tcp.virtual(connection);
        this.readContext = tcp.reader(connection, READ_BYTES);
        this.writeContext = tcp.writer(connection);
        this.callbacks = tcp.callbacks(this);
        this.early = tcp.takeOver(virtual).orElse(null);
        tcp.forgetRequest();
    }

    @Override
    public boolean read(Reader reader) {
        final ByteBuffer first = early;
        if (first != null) {
            early = null;
            reader.bytes(first);
            return true;
        }
        this.reader = reader;
        try {
            synchronized (this) {
                requireWhole();
                reading = true;
                begunNanos = System.nanoTime();
                tcp.read(readContext, callbacks);
            }
        } catch (RuntimeException e) {
            LOG.debugf(e, "The server has ended a connection");
            reader.ended();
        }
        return false;
    }

    @Override
    public boolean write(ByteBuffer bytes, Consumer<IOException> later) {
        final Object buffer = tcp.allocate(bytes.remaining());
        tcp.bytes(buffer).clear().put(bytes).flip();
        final boolean out;
        final IOException failure;
        try {
            synchronized (this) {
                requireWhole();
                this.later = later;
                written = buffer;
                beginning = true;
                out = tcp.write(writeContext, buffer, callbacks);
                beginning = false;
                failure = failedAtOnce;
                if (out) {
                    written = null;
                } else {
                    begunNanos = System.nanoTime();
                }
            }
        } catch (RuntimeException e) {
            later.accept(new IOException(e));
            return false;
        }
        if (failure != null) {
            later.accept(failure);
        } else if (out) {
            tcp.release(buffer);
        }
        return out;
    }

    /** The channel fails in odd ways once it is closed. */
    private void requireWhole() {
        if (cut) {
            throw new IllegalStateException("cut");
        }
    }

    /**
     * A channel that is closed while the selector has not heard of its read or write yet makes the selector stumble, to the
     * cost of others: then this waits a second. It is rare, for most connections are cut by the thread that reads them.
     */
    @Override
    public void cut() {
        final boolean unsettled;
        synchronized (this) {
            if (cut) {
                return;
            }
            cut = true;
            unsettled = (reading || written != null) && System.nanoTime() - begunNanos < SETTLED.toNanos();
        }
        if (!unsettled || !closeLater()) {
            close();
        }
    }

    private boolean closeLater() {
        try {
            scheduler.schedule(this::close, SETTLED.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (RejectedExecutionException stopping) {
            return false;
        }
    }

    private void close() {
        try {
            tcp.close(link, virtual);
        } catch (RuntimeException e) {
            LOG.debugf(e, "A connection was gone before it was closed");
        }
    }

    /** {@code complete} or {@code error}, of the reader or the writer. */
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) {
        switch (method.getName()) {
            case "complete" -> completed(arguments[1] == readContext);
            case "error" -> failed(arguments[1] == readContext, (IOException) arguments[2]);
            case "hashCode" -> {
                return System.identityHashCode(proxy);
            }
            case "equals" -> {
                return proxy == arguments[0];
            }
            default -> {
                return getClass().getName();
            }
        }
        return null;
    }

    private void completed(boolean read) {
        if (!read) {
            written(null);
            return;
        }
        readDone();
        final Object buffer = tcp.buffer(readContext);
        if (buffer != null) {
            try {
                reader.bytes(tcp.bytes(buffer).flip());
            } finally {
                tcp.release(buffer);
            }
            reader.readOn();
        }
    }

    private void failed(boolean read, IOException failure) {
        if (read) {
            readDone();
            reader.ended();
        } else {
            written(failure);
        }
    }

    private synchronized void readDone() {
        reading = false;
    }

    private void written(IOException failure) {
        final Consumer<IOException> writer;
        synchronized (this) {
            if (beginning) {
                failedAtOnce = failure;
                return;
            }
            writer = later;
            tcp.release(written);
            written = null;
        }
        writer.accept(failure);
    }
}
