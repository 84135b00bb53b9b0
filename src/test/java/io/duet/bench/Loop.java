package io.duet.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * One thread that serves any number of sockets and timers. What is sent during a round goes out once at its end. Everything
 * of a loop but {@link #submit} belongs to the thread that runs it.
 */
final class Loop implements AutoCloseable {
    private static final long LONGEST_ROUND_NANOS = 100_000_000;

    private final Selector selector = Selector.open();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final Queue<LoadConnection> toFlush = new ArrayDeque<>();
    private final ReadBuffer read = new ReadBuffer();
    private final Queue<Runnable> submitted = new ConcurrentLinkedQueue<>();
    private final Histogram lateness = Result.histogram();
    private long timerCount;

    private record Timer(long nanos, long number, Runnable action) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            final int byTime = Long.compare(nanos - other.nanos, 0);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    Loop() throws IOException {}

    /** Begins to connect; the listener hears how it goes on. */
    LoadConnection connect(URI base, InetAddress source, String token, LoadConnection.Listener listener) {
        try {
            final SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.socket().setTcpNoDelay(true);
            if (source != null) {
                channel.bind(new InetSocketAddress(source, 0));
            }
            final LoadConnection connection = new LoadConnection(this, channel, base, token, listener);
            connection.attach(channel.register(selector, SelectionKey.OP_CONNECT, connection));
            channel.connect(new InetSocketAddress(base.getHost(), base.getPort()));
            return connection;
        } catch (IOException failure) {
            throw new IllegalStateException("cannot connect to " + base, failure);
        }
    }

    /** Runs the action in this loop at that time of {@link System#nanoTime}, or as soon as it can. */
    void at(long nanos, Runnable action) {
        timers.add(new Timer(nanos, timerCount++, action));
    }

    void after(Duration delay, Runnable action) {
        at(System.nanoTime() + delay.toNanos(), action);
    }

    /** Runs the action in this loop soon: the one method that any thread may call. */
    void submit(Runnable action) {
        submitted.add(action);
        selector.wakeup();
    }

    /** How late timers were served: by this loop's own work, or because its thread or process had to wait for a processor. */
    Histogram lateness() {
        return lateness;
    }

    void flushLater(LoadConnection connection) {
        toFlush.add(connection);
    }

    /** Serves all sockets for this long. */
    void runFor(Duration duration) {
        final long end = System.nanoTime() + duration.toNanos();
        runUntil(() -> System.nanoTime() - end >= 0, duration.plusSeconds(1));
    }

    /** Serves all sockets until the condition holds; false when it does not within the time. */
    boolean runUntil(BooleanSupplier condition, Duration within) {
        final long end = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            try {
                round();
            } catch (IOException failure) {
                throw new IllegalStateException(failure);
            }
        }
        return true;
    }

    private void round() throws IOException {
        flushAll();
        final long untilTimer =
                timers.isEmpty() ? LONGEST_ROUND_NANOS : timers.peek().nanos() - System.nanoTime();
        final long wait = Math.min(LONGEST_ROUND_NANOS, untilTimer);
        if (wait <= 0) {
            selector.selectNow();
        } else {
            selector.select(Math.max(1, wait / 1_000_000));
        }
        for (SelectionKey key : selector.selectedKeys()) {
            ((LoadConnection) key.attachment()).ready(key, read);
        }
        selector.selectedKeys().clear();
        final long now = System.nanoTime();
        while (!timers.isEmpty() && timers.peek().nanos() - now <= 0) {
            final Timer due = timers.poll();
            lateness.recordValue(now - due.nanos());
            due.action().run();
        }
        for (Runnable next = submitted.poll(); next != null; next = submitted.poll()) {
            next.run();
        }
    }

    private void flushAll() {
        for (LoadConnection next = toFlush.poll(); next != null; next = toFlush.poll()) {
            next.flush();
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
