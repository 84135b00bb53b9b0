package io.duet.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * Who uses a data directory: any number of server processes of this machine. Each holds a shared lock on the file
 * {@code lock} as long as it lives; whoever starts or stops PostgreSQL, or finds out whether others are there, waits for
 * its turn first, a lock on the file {@code turn}. Both end with the process, however that ends. One instance per
 * directory and process; for one thread at a time.
 */
final class DataDirectory {
    private static final Duration POLL = Duration.ofMillis(50);

    private final Path directory;
    private FileChannel users;
    private FileLock use;

    DataDirectory(Path directory) {
        this.directory = directory;
    }

    /** The right to start or stop PostgreSQL, until it is closed. */
    interface Turn extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /** @throws IOException when others take turns for longer than the deadline */
    Turn awaitTurn(Duration deadline) throws IOException {
        Files.createDirectories(directory);
        FileChannel channel = open("turn");
        try {
            long end = System.nanoTime() + deadline.toNanos();
            while (lockWhole(channel) == null) {
                if (System.nanoTime() > end) {
                    throw new IOException("Another server has been starting or stopping PostgreSQL in " + directory
                            + " for more than " + deadline);
                }
                Thread.sleep(POLL.toMillis());
            }
            return channel::close;
        } catch (IOException e) {
            channel.close();
            throw e;
        } catch (InterruptedException e) {
            channel.close();
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while another server starts or stops PostgreSQL", e);
        }
    }

    private static FileLock lockWhole(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** From now on this process uses the directory. To be called in one's turn; repeating it does no harm. */
    boolean joinOthers() throws IOException {
        if (users == null) {
            users = open("lock");
        }
        boolean others = usedByOthers();
        use = users.lock(0, Long.MAX_VALUE, true);
        return others;
    }

    /** This process no longer uses the directory; answers whether others do. To be called in one's turn. */
    boolean leaveToOthers() throws IOException {
        if (users == null) {
            return false;
        }
        boolean others = usedByOthers();
        users.close();
        users = null;
        return others;
    }

    /** Whether others hold the lock can only be seen without holding it. */
    private boolean usedByOthers() throws IOException {
        if (use != null) {
            use.release();
            use = null;
        }
        FileLock alone = lockWhole(users);
        if (alone == null) {
            return true;
        }
        alone.release();
        return false;
    }

    private FileChannel open(String file) throws IOException {
        return FileChannel.open(
                directory.resolve(file), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
}
