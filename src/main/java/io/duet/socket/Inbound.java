package io.duet.socket;

import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What comes in on one connection, in order. While the receiver is full nothing is read, so that TCP holds the client back;
 * what was read already waits, a few kilobytes. One thread at a time reads: the one of the {@link Wire}, or after a pause one
 * of the work executor. Nothing blocks.
 */
final class Inbound implements Wire.Reader {
    private final Wire wire;
    private final FrameReader frames;
    private final Consumer<Incoming> receiver;
    private final BooleanSupplier full;
    private final Runnable ended;
    private final Executor work;
    private volatile long heardNanos = System.nanoTime();
    private ByteBuffer waiting;
    private boolean paused;

    /**
     * @param receiver is called by one thread at a time
     * @param full whether the receiver takes nothing now; when it does again, {@link #resume} must be called
     * @param ended is called once the peer has gone
     */
    Inbound(
            Wire wire,
            FrameReader frames,
            Consumer<Incoming> receiver,
            BooleanSupplier full,
            Runnable ended,
            Executor work) {
        this.wire = wire;
        this.frames = frames;
        this.receiver = receiver;
        this.full = full;
        this.ended = ended;
        this.work = work;
    }

    @Override
    public void readOn() {
        while (!pause()) {
            final ByteBuffer before = waiting;
            if (before != null) {
                waiting = null;
                use(before);
            } else if (!wire.read(this)) {
                return;
            }
        }
    }

    @Override
    public void bytes(ByteBuffer bytes) {
        heardNanos = System.nanoTime();
        use(bytes);
    }

    private void use(ByteBuffer bytes) {
        Incoming next = frames.next(bytes);
        while (next != null) {
            receiver.accept(next);
            if (full.getAsBoolean() && bytes.hasRemaining()) {
                waiting = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
                return;
            }
            next = frames.next(bytes);
        }
    }

    @Override
    public void ended() {
        ended.run();
    }

    private synchronized boolean pause() {
        paused = full.getAsBoolean();
        return paused;
    }

    /** The receiver is full no more: goes on by another thread, if reading had stopped. */
    void resume() {
        synchronized (this) {
            if (!paused) {
                return;
            }
            paused = false;
        }
        try {
            work.execute(this::readOn);
        } catch (RejectedExecutionException stopping) {
            ended.run();
        }
    }

    /** The silence of the peer counts from now on. */
    void hear() {
        heardNanos = System.nanoTime();
    }

    /** When the last byte came; as good as now while it is the server that does not read. */
    synchronized long heardNanos(long nowNanos) {
        return paused ? nowNanos : heardNanos;
    }
}
