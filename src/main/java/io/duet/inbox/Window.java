package io.duet.inbox;

import io.duet.message.Position;
import io.duet.message.StoredMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.pcollections.TreePMap;

/**
 * What memory knows of the durable inbox of one device that is connected. Either complete: it holds every message that
 * PostgreSQL has pending for the device. Or incomplete, as each is at first: it holds none, and PostgreSQL must be asked.
 * Immutable; changed windows share structure.
 *
 * @param holder the connection of the device
 * @param displaced whom the present holder displaced, or null; kept so that a claim that is executed twice answers alike
 * @param version counts the changes, so that a refill can tell whether anything happened since its read began
 * @param epoch the cluster view in which it became complete; in any later view it counts as incomplete, because a node
 *     that went may have taken an append with it
 * @param bytes estimated size of the entries
 * @param recent latest acknowledgements: a message acknowledged before its append arrived must not come back
 */
record Window(
        Holder holder,
        Holder displaced,
        long version,
        boolean complete,
        int epoch,
        TreePMap<Position, StoredMessage> entries,
        int bytes,
        List<Acknowledged> recent) {
    private static final int RECENT_ACKNOWLEDGEMENTS = 16;
    private static final int ENTRY_OVERHEAD_BYTES = 256;
    private static final TreePMap<Position, StoredMessage> NO_ENTRIES = TreePMap.empty();

    static Window heldBy(Holder holder) {
        return new Window(holder, null, 1, false, 0, NO_ENTRIES, 0, List.of());
    }

    static Window restored(
            Holder holder,
            Holder displaced,
            long version,
            boolean complete,
            int epoch,
            List<StoredMessage> messages,
            List<Acknowledged> recent) {
        TreePMap<Position, StoredMessage> entries = NO_ENTRIES;
        int bytes = 0;
        for (StoredMessage message : messages) {
            entries = entries.plus(Position.of(message), message);
            bytes += sizeOf(message);
        }
        return new Window(holder, displaced, version, complete, epoch, entries, bytes, List.copyOf(recent));
    }

    /**
     * The newer one of both holds the device. What the window had is not for a new holder: a message may be in it without an
     * earlier one of its conversation, whose append is still on its way.
     */
    Window claim(Holder claimant) {
        if (!claimant.isNewerThan(holder)) {
            return this;
        }
        return new Window(claimant, holder, version + 1, false, 0, NO_ENTRIES, 0, List.of());
    }

    /** The same for one who takes the place of a holder that is gone. */
    Window inherit(Holder heir) {
        return new Window(heir, null, version + 1, false, 0, NO_ENTRIES, 0, List.of());
    }

    /** Becomes incomplete when the messages do not fit. */
    Window append(List<StoredMessage> messages, int mostEntries, int mostBytes) {
        if (!complete) {
            return withEntries(false, NO_ENTRIES, 0);
        }
        TreePMap<Position, StoredMessage> grown = entries;
        int grownBytes = bytes;
        for (StoredMessage message : messages) {
            Position position = Position.of(message);
            if (isAcknowledged(message) || grown.containsKey(position)) {
                continue;
            }
            grown = grown.plus(position, message);
            grownBytes += sizeOf(message);
            if (grown.size() > mostEntries || grownBytes > mostBytes) {
                return withEntries(false, NO_ENTRIES, 0);
            }
        }
        return withEntries(true, grown, grownBytes);
    }

    Window acknowledge(List<Acknowledged> acknowledged) {
        TreePMap<Position, StoredMessage> left = entries;
        int leftBytes = bytes;
        for (Acknowledged what : acknowledged) {
            for (StoredMessage message : List.copyOf(candidates(left, what).values())) {
                if (what.covers(message)) {
                    left = left.minus(Position.of(message));
                    leftBytes -= sizeOf(message);
                }
            }
        }
        return new Window(holder, displaced, version + 1, complete, epoch, left, leftBytes, remember(acknowledged));
    }

    /** Nothing happens when the window changed since the read began, or when the messages do not fit. */
    Window refill(
            Holder holderAtRead,
            long versionAtRead,
            int epochAtRead,
            List<StoredMessage> everything,
            int mostEntries,
            int mostBytes) {
        if (version != versionAtRead || !holder.equals(holderAtRead)) {
            return this;
        }
        var empty = new Window(holder, displaced, version, true, epochAtRead, NO_ENTRIES, 0, recent);
        Window filled = empty.append(everything, mostEntries, mostBytes);
        return filled.complete ? filled : this;
    }

    /** A window that PostgreSQL must be asked for, because an append to it may have been lost. */
    Window distrust() {
        return withEntries(false, NO_ENTRIES, 0);
    }

    boolean completeIn(int currentEpoch) {
        return complete && epoch == currentEpoch;
    }

    List<StoredMessage> page(Position after, int limit) {
        return entries.tailMap(after, false).values().stream().limit(limit).toList();
    }

    private Window withEntries(boolean nowComplete, TreePMap<Position, StoredMessage> next, int nextBytes) {
        return new Window(holder, displaced, version + 1, nowComplete, epoch, next, nextBytes, recent);
    }

    private static TreePMap<Position, StoredMessage> candidates(
            TreePMap<Position, StoredMessage> entries, Acknowledged what) {
        if (what instanceof Acknowledged.UpTo upTo) {
            return entries.subMap(
                    new Position(upTo.conversationId(), 0),
                    true,
                    new Position(upTo.conversationId(), Math.max(0, upTo.sequenceNumber())),
                    true);
        }
        return entries;
    }

    private boolean isAcknowledged(StoredMessage message) {
        return recent.stream().anyMatch(what -> what.covers(message));
    }

    private List<Acknowledged> remember(List<Acknowledged> acknowledged) {
        var remembered = new ArrayList<>(recent);
        for (Acknowledged what : acknowledged) {
            remembered.removeIf(earlier -> supersedes(what, earlier));
            remembered.add(what);
        }
        int surplus = Math.max(0, remembered.size() - RECENT_ACKNOWLEDGEMENTS);
        return List.copyOf(remembered.subList(surplus, remembered.size()));
    }

    private static boolean supersedes(Acknowledged what, Acknowledged earlier) {
        return what.equals(earlier)
                || what instanceof Acknowledged.UpTo now
                        && earlier instanceof Acknowledged.UpTo before
                        && Objects.equals(now.conversationId(), before.conversationId())
                        && now.sequenceNumber() >= before.sequenceNumber();
    }

    private static int sizeOf(StoredMessage message) {
        return ENTRY_OVERHEAD_BYTES + message.content().length();
    }
}
