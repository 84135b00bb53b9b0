package io.duet.checker;

/** Says a frame on the present connection of a device. */
@FunctionalInterface
interface Speech {

    /** False when there is no connection: nothing was said. */
    boolean say(Frame frame);
}
