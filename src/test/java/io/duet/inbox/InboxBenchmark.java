package io.duet.inbox;

import io.duet.cluster.TestCluster;
import io.duet.message.Position;
import io.duet.platform.ClusterView;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.infinispan.manager.EmbeddedCacheManager;

/**
 * What it costs to learn where the devices of a batch are connected: batches of 256 devices, and of one, on a cluster of one, two and
 * three nodes. A main class: start it from an IDE.
 */
public final class InboxBenchmark {
    private static final int DEVICES = 1_024;

    private final Inboxes inboxes;
    private final List<UUID> devices = new ArrayList<>();
    private int next;

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
        for (int nodes = 1; nodes <= 3; nodes++) {
            try (var cluster = new TestCluster(nodes)) {
                EmbeddedCacheManager first = cluster.start();
                Inboxes inboxes = inboxes(first, work);
                int[] view = new int[nodes];
                for (int other = 1; other < nodes; other++) {
                    inboxes(cluster.start(), work);
                    view[other] = other;
                }
                cluster.awaitView(view);
                new InboxBenchmark(inboxes, new ClusterView(first).self()).run(nodes + " nodes");
            }
        }
        work.shutdown();
    }

    private static Inboxes inboxes(EmbeddedCacheManager manager, ExecutorService work) {
        return new Inboxes(manager, (device, after, limit) -> List.of(), work);
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
        long looked = 0;
        while (System.nanoTime() < end) {
            inboxes.holders(next(batch)).toCompletableFuture().join();
            looked += batch;
        }
        if (report) {
            System.out.printf(
                    "%s, batches of %d: %,.0f devices/s; %.2f µs CPU a device%n",
                    what, batch, looked / ((System.nanoTime() - begin) / 1e9), (cpuNanos() - cpuBefore) / 1e3 / looked);
        }
    }

    private Set<UUID> next(int batch) {
        var asked = new HashSet<UUID>();
        for (int i = 0; i < batch; i++) {
            asked.add(devices.get(next++ % DEVICES));
        }
        return asked;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
