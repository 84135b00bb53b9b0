package io.duet.rest;

import java.util.Set;

/** Where the page may send requests besides to its own server, so that this room need not know why. Any thread; never blocks. */
public interface PageConnections {

    /** Web origins (RFC 6454), as they are now. */
    Set<String> origins();
}
