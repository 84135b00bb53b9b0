package io.duet.inbox;

import io.duet.message.Position;
import io.duet.message.StoredMessage;
import java.util.List;
import java.util.UUID;

/** The read of the durable inbox: {@link io.duet.message.MessageLog#pending}. May block. */
@FunctionalInterface
interface PendingMessages {
    List<StoredMessage> pending(UUID deviceId, Position after, int limit);
}
