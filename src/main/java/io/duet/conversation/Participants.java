package io.duet.conversation;

import java.util.UUID;

/** The two people of a conversation, who never change. */
public record Participants(UUID first, UUID second) {
    /** Whether this user is one of the two. */
    public boolean has(UUID userId) {
        return first.equals(userId) || second.equals(userId);
    }

    /**
     * The other one.
     *
     * @throws IllegalArgumentException when this user takes no part
     */
    public UUID peerOf(UUID userId) {
        if (!has(userId)) {
            throw new IllegalArgumentException(userId + " takes no part");
        }
        return first.equals(userId) ? second : first;
    }
}
