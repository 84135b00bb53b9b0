package io.duet.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.HdrHistogram.Histogram;

/** How long this disk takes to make one appended 8 KiB page durable: the floor of every commit. */
final class FsyncProbe {

    private static final int WRITES = 200;

    private FsyncProbe() {}

    /** Latencies in nanoseconds. */
    static Histogram measure(Path directory) throws IOException {
        Histogram latencies = new Histogram(60_000_000_000L, 3);
        Path file = Files.createTempFile(directory, "fsync", ".probe");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer page = ByteBuffer.allocateDirect(8192);
            for (int i = 0; i < WRITES; i++) {
                page.clear();
                channel.write(page);
                long start = System.nanoTime();
                channel.force(false);
                latencies.recordValue(System.nanoTime() - start);
            }
        } finally {
            Files.delete(file);
        }
        return latencies;
    }
}
