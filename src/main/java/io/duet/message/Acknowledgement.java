package io.duet.message;

import java.util.UUID;

/** A device tells that it has persisted messages. The device belongs to the user: the caller has checked that. */
public sealed interface Acknowledgement {
    /** Who tells. */
    UUID deviceId();

    /** Whose device it is. */
    UUID userId();

    /** Everything of the conversation up to and including the sequence number; 0 is nothing. */
    record UpTo(UUID deviceId, UUID userId, UUID conversationId, long sequenceNumber) implements Acknowledgement {}

    /** That message only. */
    record One(UUID deviceId, UUID userId, UUID messageId) implements Acknowledgement {}
}
