package io.duet.bench;

import io.duet.system.client.Duet;
import io.duet.system.client.Person;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Many pairs, all online, driven by one thread over one selector. */
final class OnlineLoad implements AutoCloseable {

    private static final Duration SETTLE = Duration.ofSeconds(30);

    private final Selector selector = Selector.open();
    private final List<Pair> pairs = new ArrayList<>();
    private final List<LoadConnection> connections = new ArrayList<>();
    private final Pair.Measure measure = new Pair.Measure();

    /** Two people with a device and a conversation each. */
    private record Acquainted(Person one, UUID oneDevice, Person other, UUID otherDevice, UUID conversation) {}

    OnlineLoad(Duet duet, int pairCount, int contentBytes) throws IOException {
        for (Acquainted two : acquaint(duet, pairCount)) {
            LoadConnection sender = LoadConnection.open(duet.base(), two.one().token());
            LoadConnection receiver =
                    LoadConnection.open(duet.base(), two.other().token());
            Pair pair = new Pair(sender, receiver, two.conversation(), contentBytes, measure);
            register(sender, pair::onSenderFrame, two.oneDevice());
            register(receiver, pair::onReceiverFrame, two.otherDevice());
            pairs.add(pair);
        }
        runFor(Duration.ofSeconds(1));
    }

    private static List<Acquainted> acquaint(Duet duet, int count) {
        ExecutorService workers = Executors.newFixedThreadPool(4);
        try {
            List<Future<Acquainted>> futures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                futures.add(workers.submit(() -> {
                    Person one = duet.register();
                    Person other = duet.register();
                    return new Acquainted(
                            one, one.device("desktop"), other, other.device("phone"), one.conversationWith(other));
                }));
            }
            List<Acquainted> acquainted = new ArrayList<>();
            for (Future<Acquainted> future : futures) {
                acquainted.add(future.get(5, TimeUnit.MINUTES));
            }
            return acquainted;
        } catch (ExecutionException | InterruptedException | java.util.concurrent.TimeoutException failure) {
            throw new IllegalStateException("people could not be set up", failure);
        } finally {
            workers.shutdownNow();
        }
    }

    private void register(LoadConnection connection, LoadConnection.FrameListener listener, UUID device)
            throws IOException {
        SelectionKey key = connection.channel().register(selector, SelectionKey.OP_READ, connection);
        connection.attach(key, listener);
        connections.add(connection);
        connection.send(LoadConnection.prepare("{\"action\":\"connect\",\"device_id\":\"" + device + "\"}"));
        connection.flush();
    }

    Pair.Measure measure() {
        return measure;
    }

    void start(int outstanding) throws IOException {
        for (Pair pair : pairs) {
            pair.start(outstanding);
        }
    }

    /** Serves all sockets for this long. */
    void runFor(Duration duration) throws IOException {
        long end = System.nanoTime() + duration.toNanos();
        for (long left = duration.toMillis(); left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            round(left);
        }
    }

    private void round(long withinMillis) throws IOException {
        for (LoadConnection connection : connections) {
            connection.flush();
        }
        selector.select(withinMillis);
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.isReadable()) {
                ((LoadConnection) key.attachment()).readable();
            }
        }
        selector.selectedKeys().clear();
    }

    /**
     * Stops sending and waits until every message is done.
     *
     * @throws IllegalStateException when one is missing
     */
    void settle() throws IOException {
        pairs.forEach(Pair::stop);
        long end = System.nanoTime() + SETTLE.toNanos();
        while (pairs.stream().anyMatch(pair -> pair.outstanding() > 0)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        pairs.stream().mapToLong(Pair::outstanding).sum() + " messages were never done; first error: "
                                + measure.firstError);
            }
            round(100);
        }
        for (Pair pair : pairs) {
            if (pair.received() != pair.sentCount()) {
                throw new IllegalStateException(pair.sentCount() + " sent but " + pair.received() + " received");
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (LoadConnection connection : connections) {
            connection.channel().close();
        }
        selector.close();
    }
}
