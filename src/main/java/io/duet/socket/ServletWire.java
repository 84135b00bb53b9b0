package io.duet.socket;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** A connection by the non-blocking streams of the Servlet API (Servlet 6.0, sections 2.3.3.5 and 3.7). */
final class ServletWire implements Wire, ReadListener, WriteListener {
    private static final Logger LOG = Logger.getLogger(ServletWire.class);
    private static final int READ_BYTES = 8 * 1024;

    private final WebConnection connection;
    private final ServletInputStream in;
    private final ServletOutputStream out;
    private Reader reader;
    private Consumer<IOException> later;
    private ByteBuffer unwritten;

    ServletWire(WebConnection connection) throws IOException {
        this.connection = connection;
        this.in = connection.getInputStream();
        this.out = connection.getOutputStream();
        out.setWriteListener(this);
    }

    /** The first call only says who reads: from then on the container tells when there is something. */
    @Override
    public boolean read(Reader reader) {
        if (this.reader == null) {
            this.reader = reader;
            in.setReadListener(this);
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
        } catch (IOException | IllegalStateException e) {
            LOG.debugf(e, "A connection failed");
        }
        reader.ended();
        return false;
    }

    @Override
    public void onDataAvailable() {
        reader.readOn();
    }

    @Override
    public void onAllDataRead() {
        reader.ended();
    }

    @Override
    public boolean write(ByteBuffer bytes, Consumer<IOException> later) {
        try {
            synchronized (this) {
                unwritten = bytes;
                if (goesOut()) {
                    return true;
                }
                this.later = later;
                return false;
            }
        } catch (IOException | IllegalStateException e) {
            later.accept(e instanceof IOException failure ? failure : new IOException(e));
            return false;
        }
    }

    /** Writes what there is to write. Whether it is out. */
    private boolean goesOut() throws IOException {
        if (!out.isReady()) {
            return false;
        }
        if (unwritten != null) {
            out.write(unwritten.array(), unwritten.position(), unwritten.remaining());
            unwritten = null;
            if (!out.isReady()) {
                return false;
            }
        }
        out.flush();
        return out.isReady();
    }

    @Override
    public void onWritePossible() throws IOException {
        final Consumer<IOException> done;
        synchronized (this) {
            if (later == null || !goesOut()) {
                return;
            }
            done = later;
            later = null;
        }
        done.accept(null);
    }

    /** Of the reader or the writer. */
    @Override
    public void onError(Throwable failure) {
        LOG.debugf(failure, "A connection failed");
        reader.ended();
    }

    @Override
    public void cut() {
        try {
            connection.close();
        } catch (Exception e) {
            LOG.debugf(e, "A connection was gone before it was closed");
        }
    }
}
