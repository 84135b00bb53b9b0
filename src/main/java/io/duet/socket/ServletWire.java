package io.duet.socket;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * A connection by the non-blocking streams of the Servlet API (Servlet 6.0, sections 2.3.3.5 and 3.7), as WildFly has it.
 * Some of it is there because Undertow's streams of an upgraded connection want it; it harms nowhere else.
 */
final class ServletWire implements Wire {
    private static final Logger LOG = Logger.getLogger(ServletWire.class);
    private static final int READ_BYTES = 8 * 1024;

    private final ClassLoader application = ServletWire.class.getClassLoader();
    private final WebConnection connection;
    private final ServletInputStream in;
    private final ServletOutputStream out;
    private Reader reader;
    private Consumer<IOException> later;
    private byte[] unwritten;
    private boolean possible;
    private volatile boolean cut;

    ServletWire(WebConnection connection) throws IOException {
        this.connection = connection;
        this.in = connection.getInputStream();
        this.out = connection.getOutputStream();
        out.setWriteListener(new Writes());
    }

    /** The first call only says who reads: from then on the container tells when there is something. */
    @Override
    public boolean read(Reader reader) {
        if (this.reader == null) {
            this.reader = reader;
            in.setReadListener(new Reads());
            return false;
        }
        try {
            if (!in.isReady()) {
                return false;
            }
            final byte[] bytes = new byte[READ_BYTES];
            final int count = in.read(bytes);
            if (count > 0) {
                reader.bytes(ByteBuffer.wrap(bytes, 0, count));
                return true;
            }
        } catch (IOException | RuntimeException e) {
            failed(e);
        }
        reader.ended();
        return false;
    }

    /** What the server's streams throw once they are closed is not their best. */
    private void failed(Exception e) {
        if (cut || e instanceof IOException || e instanceof IllegalStateException) {
            LOG.debugf(e, "A connection failed");
        } else {
            LOG.warnf(e, "A connection failed");
        }
    }

    /** Undertow calls from a thread that knows nothing of the application; what is begun there inherits its context. */
    private void asApplication(Runnable action) {
        final Thread thread = Thread.currentThread();
        final ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(application);
        try {
            action.run();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private final class Reads implements ReadListener {
        @Override
        public void onDataAvailable() {
            asApplication(reader::readOn);
        }

        @Override
        public void onAllDataRead() {
            asApplication(reader::ended);
        }

        @Override
        public void onError(Throwable failure) {
            LOG.debugf(failure, "A connection cannot be read");
            asApplication(reader::ended);
        }
    }

    /** Nothing is written before the container has called {@link WriteListener#onWritePossible} for the first time. */
    @Override
    public boolean write(ByteBuffer bytes, Consumer<IOException> later) {
        try {
            synchronized (this) {
                unwritten = exactly(bytes);
                if (possible && goesOut()) {
                    return true;
                }
                this.later = later;
                return false;
            }
        } catch (IOException | RuntimeException e) {
            failed(e);
            later.accept(e instanceof IOException failure ? failure : new IOException(e));
            return false;
        }
    }

    /** An array of nothing else: Undertow writes the whole array, whichever part of it is to be written. */
    private static byte[] exactly(ByteBuffer bytes) {
        final int from = bytes.arrayOffset() + bytes.position();
        return from == 0 && bytes.remaining() == bytes.array().length
                ? bytes.array()
                : Arrays.copyOfRange(bytes.array(), from, from + bytes.remaining());
    }

    /** Writes what there is to write. Whether it is out. */
    private boolean goesOut() throws IOException {
        if (!out.isReady()) {
            return false;
        }
        if (unwritten != null) {
            final byte[] bytes = unwritten;
            unwritten = null;
            out.write(bytes, 0, bytes.length);
            if (!out.isReady()) {
                return false;
            }
        }
        out.flush();
        return out.isReady();
    }

    private final class Writes implements WriteListener {
        @Override
        public void onWritePossible() {
            asApplication(this::writeOn);
        }

        private void writeOn() {
            final Consumer<IOException> done;
            IOException failure = null;
            synchronized (ServletWire.this) {
                possible = true;
                if (later == null) {
                    return;
                }
                try {
                    if (!goesOut()) {
                        return;
                    }
                } catch (IOException e) {
                    failure = e;
                }
                done = later;
                later = null;
            }
            done.accept(failure);
        }

        /** @throws PeerGone because Undertow repeats the write that failed until somebody throws something */
        @Override
        public void onError(Throwable failure) {
            LOG.debugf(failure, "A connection cannot be written");
            final Consumer<IOException> done;
            synchronized (ServletWire.this) {
                done = later;
                later = null;
            }
            if (done != null) {
                asApplication(() -> done.accept(failure instanceof IOException e ? e : new IOException(failure)));
            }
            throw new PeerGone();
        }
    }

    /** Says that nothing is to be done about it. */
    private static final class PeerGone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        PeerGone() {
            super("The peer has gone; its connection is closed", null, false, false);
        }
    }

    /**
     * Closing waits in Undertow until the peer has taken what is still to be written, which may be never. A thread that is
     * interrupted waits for nothing.
     */
    @Override
    public void cut() {
        cut = true;
        final boolean wasInterrupted = Thread.currentThread().isInterrupted();
        Thread.currentThread().interrupt();
        try {
            connection.close();
        } catch (Exception e) {
            LOG.debugf(e, "A connection was gone before it was closed");
        } finally {
            Thread.interrupted();
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
