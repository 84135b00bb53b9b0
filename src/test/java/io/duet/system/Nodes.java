package io.duet.system;

import io.duet.system.client.Duet;

/** Two nodes of one cluster, as {@link SharedServers} lends them: with the contract's limits, their rate limit off. */
record Nodes(TestServer first, TestServer second) {

    /** A client of the first node. */
    Duet one() {
        return first.duet();
    }

    /** A client of the second node. */
    Duet two() {
        return second.duet();
    }
}
