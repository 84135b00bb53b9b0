package io.duet.message;

import java.util.Comparator;
import java.util.UUID;

/**
 * A place in a device's inbox. Inboxes are read in ascending order of conversation, then sequence number, conversations
 * ordered as PostgreSQL orders uuid: by their bytes, unsigned ({@link UUID#compareTo} differs).
 */
public record Position(UUID conversationId, long sequenceNumber) implements Comparable<Position> {
    /** Before every message. */
    public static final Position START = new Position(new UUID(0, 0), 0);

    private static final Comparator<Position> ORDER = Comparator.<Position, Long>comparing(
                    p -> p.conversationId.getMostSignificantBits(), Long::compareUnsigned)
            .thenComparing(p -> p.conversationId.getLeastSignificantBits(), Long::compareUnsigned)
            .thenComparingLong(Position::sequenceNumber);

    public static Position of(StoredMessage message) {
        return new Position(message.conversationId(), message.sequenceNumber());
    }

    @Override
    public int compareTo(Position other) {
        return ORDER.compare(this, other);
    }
}
