package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.WebConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against streams that do what Servlet 6.0 says, forbid what it forbids, and have the peculiarities of Undertow's. */
class ServletWireTest {
    private final Input input = new Input();
    private final Output output = new Output();
    private final Connection connection = new Connection();
    private final List<IOException> later = new ArrayList<>();
    private final StringBuilder read = new StringBuilder();
    private boolean ended;
    private ServletWire wire;

    private final Wire.Reader reader = new Wire.Reader() {
        @Override
        public void bytes(ByteBuffer bytes) {
            read.append(StandardCharsets.UTF_8.decode(bytes));
        }

        @Override
        public void readOn() {
            while (wire.read(this)) {
                // until nothing is there
            }
        }

        @Override
        public void ended() {
            ended = true;
        }
    };

    @BeforeEach
    void open() throws IOException {
        wire = new ServletWire(connection);
        output.listener.onWritePossible();
    }

    private final class Connection implements WebConnection {
        private boolean closed;

        @Override
        public ServletInputStream getInputStream() {
            return input;
        }

        @Override
        public ServletOutputStream getOutputStream() {
            return output;
        }

        @Override
        public void close() throws InterruptedIOException {
            closed = true;
            if (!Thread.currentThread().isInterrupted()) {
                throw new AssertionError("waits until the peer has taken everything");
            }
            throw new InterruptedIOException();
        }
    }

    private static final class Input extends ServletInputStream {
        private final Queue<byte[]> chunks = new ArrayDeque<>();
        private ReadListener listener;
        private boolean ready;

        @Override
        public boolean isFinished() {
            return false;
        }

        @Override
        public boolean isReady() {
            ready = !chunks.isEmpty();
            return ready;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            this.listener = listener;
        }

        @Override
        public int read() {
            throw new AssertionError("one by one");
        }

        @Override
        public int read(byte[] to, int from, int length) {
            if (!ready) {
                throw new IllegalStateException("not ready");
            }
            ready = false;
            final byte[] chunk = chunks.remove();
            System.arraycopy(chunk, 0, to, from, chunk.length);
            return chunk.length == 0 ? -1 : chunk.length;
        }

        void comes(String text) throws IOException {
            chunks.add(text.getBytes(StandardCharsets.UTF_8));
            listener.onDataAvailable();
        }
    }

    private static final class Output extends ServletOutputStream {
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();
        private WriteListener listener;
        private int room = Integer.MAX_VALUE;
        private int flushes;
        private boolean told;

        @Override
        public boolean isReady() {
            told = room <= 0;
            return room > 0;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            this.listener = listener;
        }

        @Override
        public void write(int one) {
            throw new AssertionError("one by one");
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (room <= 0) {
                throw new IllegalStateException("not ready");
            }
            if (from != 0 || length != bytes.length) {
                throw new AssertionError("Undertow writes the whole array");
            }
            if (length == 13) {
                throw new IOException("reset");
            }
            written.write(bytes, from, length);
            room--;
        }

        @Override
        public void flush() {
            if (room <= 0) {
                throw new IllegalStateException("not ready");
            }
            flushes++;
        }

        void roomFor(int writes) throws IOException {
            room = writes;
            if (told) {
                told = false;
                listener.onWritePossible();
            }
        }
    }

    private boolean write(String text) {
        return wire.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), later::add);
    }

    @Test
    void readsWhatComesUntilTheEnd() throws IOException {
        reader.readOn();
        input.comes("a");
        input.comes("b");
        assertThat(read).hasToString("ab");
        assertThat(ended).isFalse();
        input.comes("");
        assertThat(ended).isTrue();
    }

    @Test
    void anErrorOfTheContainerIsAnEnd() {
        reader.readOn();
        input.listener.onError(new IOException("reset"));
        assertThat(ended).isTrue();
    }

    @Test
    void writesNothingBeforeTheContainerSaysThatItMay() throws IOException {
        wire = new ServletWire(connection);
        assertThat(write("a")).isFalse();
        assertThat(output.written).hasToString("");
        output.listener.onWritePossible();
        assertThat(output.written).hasToString("a");
        assertThat(later).containsExactly((IOException) null);
    }

    @Test
    void writesAPartOfABuffer() {
        final var part =
                ByteBuffer.wrap("abcd".getBytes(StandardCharsets.UTF_8), 1, 2).slice();
        assertThat(wire.write(part, later::add)).isTrue();
        assertThat(output.written).hasToString("bc");
    }

    /** Undertow would repeat the failed write for ever. */
    @Test
    void anErrorOfTheWriterIsToldOnceAndThrownBack() throws IOException {
        output.roomFor(1);
        assertThat(write("a")).isFalse();
        assertThatThrownBy(() -> output.listener.onError(new IOException("reset")))
                .isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> output.listener.onError(new IOException("reset")))
                .isInstanceOf(RuntimeException.class);
        assertThat(later).hasSize(1);
        assertThat(later.get(0)).hasMessage("reset");
    }

    @Test
    void writesAtOnceWhatGoesOut() {
        assertThat(write("a")).isTrue();
        assertThat(write("b")).isTrue();
        assertThat(output.written).hasToString("ab");
        assertThat(output.flushes).isEqualTo(2);
        assertThat(later).isEmpty();
    }

    @Test
    void tellsLaterWhenTheStreamIsFull() throws IOException {
        output.roomFor(1);
        assertThat(write("a")).isFalse();
        assertThat(later).isEmpty();
        output.roomFor(5);
        assertThat(later).containsExactly((IOException) null);
        assertThat(write("b")).isTrue();
        assertThat(output.written).hasToString("ab");
    }

    @Test
    void waitsBeforeItWritesIntoAFullStream() throws IOException {
        output.roomFor(0);
        assertThat(write("a")).isFalse();
        assertThat(output.written).hasToString("");
        output.roomFor(5);
        assertThat(output.written).hasToString("a");
        assertThat(later).hasSize(1);
    }

    @Test
    void aWriteThatFailsIsTold() {
        assertThat(write("thirteenbytes")).isFalse();
        assertThat(later).hasSize(1);
        assertThat(later.get(0)).hasMessage("reset");
    }

    @Test
    void cutsByClosingAndWaitsForNothing() {
        wire.cut();
        assertThat(connection.closed).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void cutsAlsoInAnInterruptedThread() {
        Thread.currentThread().interrupt();
        wire.cut();
        assertThat(connection.closed).isTrue();
        assertThat(Thread.interrupted()).isTrue();
    }
}
