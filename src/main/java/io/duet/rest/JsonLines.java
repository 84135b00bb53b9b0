package io.duet.rest;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes records as lines of JSON, each on a line of its own that ends with a line feed, in UTF-8 and in the form of all bodies
 * (snake_case, times with milliseconds, what is empty as null). For one thread.
 */
public final class JsonLines {

    /** The media type; not registered, but what its users call it. */
    public static final String MEDIA_TYPE = "application/jsonl";

    private static final int BUFFER_BYTES = 32 * 1024;
    private static final int WRITTEN_DEPTH = 16;

    private final Json json = new Json(WRITTEN_DEPTH);
    private final OutputStream out;

    /** @param out stays open */
    public JsonLines(OutputStream out) {
        this.out = new BufferedOutputStream(out, BUFFER_BYTES);
    }

    public void write(Record line) throws IOException {
        out.write(json.write(line));
        out.write('\n');
    }

    /** Everything that was written is on its way. */
    public void flush() throws IOException {
        out.flush();
    }
}
