package io.duet.export;

/** How much was exported, and whether all of it was there. */
record Exported(long conversations, long messages, boolean complete) {
    static final Exported NOTHING = new Exported(0, 0, true);

    Exported plus(Exported more) {
        return new Exported(conversations + more.conversations, messages + more.messages, complete && more.complete);
    }
}
