package io.duet.socket;

import io.duet.message.StoredMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The order gate of one conversation on one connection: how far it has got, what is in flight and what waits for a hole to
 * be filled. Guarded by the {@link MessageStream} that owns it.
 */
final class ConversationFlow {
    private final NavigableMap<Long, UUID> inFlight = new TreeMap<>();
    private final NavigableMap<Long, StoredMessage> waiting = new TreeMap<>();
    /** Nothing up to here is missing on this connection. */
    private long passed;
    /** A run of messages that this very connection wrote, which do not come as messages. */
    private long ownFrom;

    private long ownTo = -1;
    private boolean filling;
    private boolean checked;

    boolean hasPassed(long sequenceNumber) {
        return sequenceNumber <= passed;
    }

    /** Whether this message may go out now without a gap or a question. */
    boolean isNext(long sequenceNumber) {
        return checked && sequenceNumber == passed + 1;
    }

    /**
     * The log has been asked: up to here nothing is owed but what has gone out. Before that no notice of the conversation is
     * taken at its word: the device may have acknowledged its message on an earlier connection, and the notice be late.
     */
    void checked(long head) {
        checked = true;
        pass(head);
    }

    long passed() {
        return passed;
    }

    /** Everything up to here has gone out, or need not. */
    void pass(long sequenceNumber) {
        passed = Math.max(passed, sequenceNumber);
        if (passed + 1 >= ownFrom && passed < ownTo) {
            passed = ownTo;
        }
    }

    /** This connection wrote that message. */
    void own(long sequenceNumber) {
        if (isNext(sequenceNumber)) {
            pass(sequenceNumber);
        } else if (sequenceNumber > passed) {
            if (sequenceNumber != ownTo + 1) {
                ownFrom = sequenceNumber;
            }
            ownTo = sequenceNumber;
        }
    }

    void sent(StoredMessage message) {
        pass(message.sequenceNumber());
        inFlight.put(message.sequenceNumber(), message.messageId());
    }

    /** The ids of those in flight that an acknowledgement up to here covers; they are so no longer. */
    List<UUID> acknowledge(long upTo) {
        final NavigableMap<Long, UUID> covered = inFlight.headMap(upTo, true);
        final List<UUID> ids = new ArrayList<>(covered.values());
        covered.clear();
        return ids;
    }

    void acknowledgeOne(long sequenceNumber) {
        inFlight.remove(sequenceNumber);
    }

    /** False when it waited already. */
    boolean await(StoredMessage message) {
        return waiting.putIfAbsent(message.sequenceNumber(), message) == null;
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    long firstWaiting() {
        return waiting.firstKey();
    }

    StoredMessage takeFirstWaiting() {
        return waiting.pollFirstEntry().getValue();
    }

    int clearWaiting() {
        final int cleared = waiting.size();
        waiting.clear();
        return cleared;
    }

    boolean filling() {
        return filling;
    }

    void filling(boolean now) {
        filling = now;
    }
}
