package io.duet.inbox;

import io.duet.cluster.TestCluster;
import io.duet.config.DuetConfig;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import io.duet.platform.ClusterView;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.infinispan.manager.EmbeddedCacheManager;

/**
 * What an append to the windows costs, with its acknowledgement: batches of 256 messages to 256 devices, and of one, on a
 * cluster of one and of two. A main class: start it from an IDE.
 */
public final class InboxBenchmark {
    private static final int DEVICES = 1_024;
    private static final DuetConfig.Inbox LIMITS = new DuetConfig.Inbox(256, 262_144);

    private final Inboxes inboxes;
    private final List<UUID> devices = new ArrayList<>();
    private final UUID conversation = UUID.randomUUID();
    private long sequence;

    private InboxBenchmark(Inboxes inboxes, String node) {
        this.inboxes = inboxes;
        for (int i = 0; i < DEVICES; i++) {
            UUID device = UUID.randomUUID();
            devices.add(device);
            inboxes.claim(device, new Holder(node, UUID.randomUUID(), 1))
                    .toCompletableFuture()
                    .join();
            inboxes.pending(device, Position.START, 256).toCompletableFuture().join();
        }
    }

    public static void main(String[] arguments) {
        ExecutorService work = Executors.newFixedThreadPool(2);
        EmbeddedCacheManager single = TestCluster.single();
        new InboxBenchmark(inboxes(single, work), new ClusterView(single).self()).run("one node");
        single.stop();
        try (var cluster = new TestCluster(2)) {
            EmbeddedCacheManager first = cluster.start();
            Inboxes inboxes = inboxes(first, work);
            inboxes(cluster.start(), work);
            cluster.awaitView(0, 1);
            new InboxBenchmark(inboxes, new ClusterView(first).self()).run("two nodes");
        }
        work.shutdown();
    }

    private static Inboxes inboxes(EmbeddedCacheManager manager, ExecutorService work) {
        return new Inboxes(manager, (device, after, limit) -> List.of(), LIMITS, work);
    }

    private void run(String what) {
        for (int batch : new int[] {256, 1}) {
            measure(what, batch, Duration.ofSeconds(3), false);
            measure(what, batch, Duration.ofSeconds(5), true);
        }
    }

    private void measure(String what, int batch, Duration duration, boolean report) {
        long end = System.nanoTime() + duration.toNanos();
        long cpuBefore = cpuNanos();
        long begin = System.nanoTime();
        long messages = 0;
        long appendNanos = 0;
        while (System.nanoTime() < end) {
            Map<UUID, List<StoredMessage>> arrivals = next(batch);
            long start = System.nanoTime();
            inboxes.append(arrivals).toCompletableFuture().join();
            appendNanos += System.nanoTime() - start;
            var acknowledged = new ArrayList<CompletableFuture<Void>>();
            arrivals.forEach((device, list) -> acknowledged.add(inboxes.acknowledge(
                            device,
                            new Acknowledged.UpTo(conversation, list.get(0).sequenceNumber()))
                    .toCompletableFuture()));
            acknowledged.forEach(CompletableFuture::join);
            messages += batch;
        }
        if (report) {
            double seconds = (System.nanoTime() - begin) / 1e9;
            System.out.printf(
                    "%s, batches of %d: %,.0f messages/s appended and acknowledged; append %.1f µs a message;"
                            + " %.1f µs CPU a message%n",
                    what,
                    batch,
                    messages / seconds,
                    appendNanos / 1e3 / messages,
                    (cpuNanos() - cpuBefore) / 1e3 / messages);
        }
    }

    private Map<UUID, List<StoredMessage>> next(int batch) {
        var arrivals = new HashMap<UUID, List<StoredMessage>>();
        for (int i = 0; i < batch; i++) {
            sequence++;
            arrivals.put(
                    devices.get((int) (sequence % DEVICES)),
                    List.of(Messages.message(conversation, sequence, "x".repeat(100))));
        }
        return arrivals;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
