package io.duet.inbox;

import io.duet.message.Position;
import io.duet.message.StoredMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What PostgreSQL would have pending, and how often it was asked. */
final class Messages implements PendingMessages {
    final AtomicInteger reads = new AtomicInteger();
    private final Map<UUID, ConcurrentSkipListMap<Position, StoredMessage>> pending = new ConcurrentHashMap<>();
    volatile Runnable duringRead = () -> {};

    static StoredMessage message(UUID conversationId, long sequenceNumber) {
        return message(conversationId, sequenceNumber, "text " + sequenceNumber);
    }

    static StoredMessage message(UUID conversationId, long sequenceNumber, String content) {
        return new StoredMessage(
                new UUID(conversationId.getLeastSignificantBits(), sequenceNumber),
                conversationId,
                new UUID(1, 1),
                "client-" + sequenceNumber,
                content,
                sequenceNumber,
                Instant.parse("2026-11-25T10:00:00.123Z"));
    }

    static List<StoredMessage> messages(UUID conversationId, int from, int to) {
        var messages = new ArrayList<StoredMessage>();
        for (int sequence = from; sequence <= to; sequence++) {
            messages.add(message(conversationId, sequence));
        }
        return messages;
    }

    void store(UUID deviceId, List<StoredMessage> messages) {
        var stored = pending.computeIfAbsent(deviceId, key -> new ConcurrentSkipListMap<>(Comparator.naturalOrder()));
        messages.forEach(message -> stored.put(Position.of(message), message));
    }

    void remove(UUID deviceId, StoredMessage message) {
        pending.get(deviceId).remove(Position.of(message));
    }

    @Override
    public List<StoredMessage> pending(UUID deviceId, Position after, int limit) {
        reads.incrementAndGet();
        var found =
                pending.getOrDefault(deviceId, new ConcurrentSkipListMap<>()).tailMap(after, false).values().stream()
                        .limit(limit)
                        .toList();
        duringRead.run();
        return found;
    }
}
