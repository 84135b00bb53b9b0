package io.duet.checker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that was said and heard, in one order and by one clock. Written by the loop's thread alone; read when that
 * rests. Bounded: when {@link #MOST_ENTRIES} are there the run must end, and says so ({@link #full}).
 */
final class Journal implements AutoCloseable {

    /** About 1.5 GB of heap. */
    static final int MOST_ENTRIES = 12_000_000;

    /** @param connection −1 for what belongs to none */
    record Entry(long nanos, int connection, Frame frame) {}

    /** One connection of one device to one node. */
    record Connection(int index, int device, int node) {}

    private final List<Entry> entries = new ArrayList<>();
    private final List<Connection> connections = new ArrayList<>();
    private final long start = System.nanoTime();
    private final Writer file;
    private long confirmed;

    /** @param copy a file that gets each entry as a line, or null */
    Journal(Path copy) {
        try {
            file = copy == null ? Writer.nullWriter() : Files.newBufferedWriter(copy);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Connection connection(int device, int node) {
        Connection connection = new Connection(connections.size(), device, node);
        connections.add(connection);
        return connection;
    }

    Connection connection(int index) {
        return connections.get(index);
    }

    int connectionCount() {
        return connections.size();
    }

    void add(int connection, Frame frame) {
        Entry entry = new Entry(System.nanoTime() - start, connection, frame);
        entries.add(entry);
        confirmed += frame instanceof Frame.Sent ? 1 : 0;
        try {
            file.write(describe(entry) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many {@code sent} there are. */
    long confirmed() {
        return confirmed;
    }

    boolean full() {
        return entries.size() >= MOST_ENTRIES;
    }

    List<Entry> entries() {
        return entries;
    }

    String describe(Entry entry) {
        String where = "";
        if (entry.connection() >= 0) {
            Connection connection = connections.get(entry.connection());
            where = " d" + connection.device() + " n" + connection.node() + " c" + connection.index();
        }
        return String.format("%.6f%s %s", entry.nanos() / 1e9, where, entry.frame());
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
