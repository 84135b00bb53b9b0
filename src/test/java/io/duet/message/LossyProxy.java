package io.duet.message;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A stretch of network in front of PostgreSQL that breaks when it is told to. */
final class LossyProxy implements AutoCloseable {
    private enum State {
        UP,
        DOWN,
        SILENT
    }

    private final int target;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean loseNextAnswer = new AtomicBoolean();
    private final AtomicInteger answersLost = new AtomicInteger();
    private volatile State state = State.UP;

    LossyProxy(int target) throws IOException {
        this.target = target;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** What the server says next does not arrive; the connection is closed instead. */
    void loseNextAnswer() {
        loseNextAnswer.set(true);
    }

    int answersLost() {
        return answersLost.get();
    }

    /** Ends all connections and makes no new ones. */
    void down() {
        state = State.DOWN;
        dropAll();
    }

    /** Keeps all connections, but nothing gets through any more, as behind a pulled cable. */
    void silence() {
        state = State.SILENT;
    }

    /** Works for new connections; those that were silenced are ended. */
    void up() {
        boolean wasSilent = state == State.SILENT;
        state = State.UP;
        if (wasSilent) {
            dropAll();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (state == State.DOWN) {
                    client.close();
                    continue;
                }
                Socket postgres = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(postgres);
                start(() -> pump(client, postgres, false));
                start(() -> pump(postgres, client, true));
            } catch (IOException e) {
                // Closed: the loop ends.
            }
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        try (from;
                to) {
            byte[] buffer = new byte[65536];
            int read = from.getInputStream().read(buffer);
            while (read >= 0) {
                if (answers && loseNextAnswer.compareAndSet(true, false)) {
                    answersLost.incrementAndGet();
                    return;
                }
                if (state != State.SILENT) {
                    to.getOutputStream().write(buffer, 0, read);
                }
                read = from.getInputStream().read(buffer);
            }
        } catch (IOException e) {
            // One side is gone; closing the other is all there is to do.
        }
    }

    private void dropAll() {
        sockets.forEach(LossyProxy::closeQuietly);
        sockets.clear();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void start(Runnable task) {
        var thread = new Thread(task, "lossy-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        dropAll();
    }
}
