package io.duet.bench;

import java.io.IOException;

/** One kind of load. */
interface Mode {
    /** Puts the load on the target and measures. */
    void run(Target target, Settings settings, Result result) throws IOException;
}
