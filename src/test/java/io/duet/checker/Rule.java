package io.duet.checker;

/** Judges the journal entry by entry, in order, and then what is left at its end. */
interface Rule {

    /** @param index of the entry in the journal */
    void on(int index, Journal.Entry entry);

    void end();
}
