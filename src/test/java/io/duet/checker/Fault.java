package io.duet.checker;

import java.time.Duration;

/** Something that goes wrong for a while. Both methods may block and are called by one thread, one fault at a time. */
public interface Fault {

    /** As in "node 2 killed". */
    String name();

    /** It happens. */
    void begin();

    /** It is over: what was stopped goes on, what was killed has been started again. */
    void end();

    /** How long it lasts. */
    Duration lasts();
}
