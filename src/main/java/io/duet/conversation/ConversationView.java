package io.duet.conversation;

import io.duet.protocol.ServerFrame.NewMessage;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A conversation as one of its participants sees it, all of it at one moment.
 *
 * @param updatedAt time of the last message, or of creation
 * @param unreadCount messages of the peer above {@code myLastReadSequence}
 * @param peerDeliveredSequence every message of mine up to it has reached a device of the peer
 */
public record ConversationView(
        UUID conversationId,
        Peer peer,
        Instant createdAt,
        Instant updatedAt,
        Optional<NewMessage> lastMessage,
        long lastSequence,
        long unreadCount,
        long myLastReadSequence,
        long peerLastReadSequence,
        long peerDeliveredSequence) {
    /** The other participant. */
    public record Peer(UUID userId, String username) {}

    /** The same with what the peer is called. */
    ConversationView withPeer(String username) {
        return new ConversationView(
                conversationId,
                new Peer(peer.userId(), username),
                createdAt,
                updatedAt,
                lastMessage,
                lastSequence,
                unreadCount,
                myLastReadSequence,
                peerLastReadSequence,
                peerDeliveredSequence);
    }
}
