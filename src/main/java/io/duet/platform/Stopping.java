package io.duet.platform;

/**
 * Fired once, synchronously, when the application begins to stop, while everything still works. Observers run by
 * {@code @Priority}, lowest first, so that a node leaves in order; each has a deadline. What is destroyed afterwards finds
 * its work done.
 */
public record Stopping() {
    /** Connections are closed. */
    public static final int CONNECTIONS = 100;

    /** What waits to be stored is stored. */
    public static final int WRITERS = 200;

    /** What the other nodes have to know has been told. */
    public static final int NOTICES = 300;

    /** The node leaves the cluster. */
    public static final int CLUSTER = 400;
}
