package io.duet.delivery;

import io.duet.message.StoredMessage;
import java.util.List;

/** The answer to {@code sync}. */
public sealed interface SyncOutcome {
    /**
     * A part of the conversation.
     *
     * @param messages ascending, without a gap, from the sequence number after the one named
     * @param hasMore whether the conversation goes on after them
     * @param nothingPendingBefore whether this device has acknowledged, or written, everything between what its connection
     *     has been sent and the first of them
     */
    record Range(List<StoredMessage> messages, boolean hasMore, boolean nothingPendingBefore) implements SyncOutcome {}

    /** No such conversation, or not the caller's. */
    record NotFound() implements SyncOutcome {}

    /** The log cannot be read now. */
    record Unavailable() implements SyncOutcome {}
}
