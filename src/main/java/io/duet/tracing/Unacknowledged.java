package io.duet.tracing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.tracing.Tracing.Subject;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Traced messages that devices have not acknowledged yet. Those that take too long, or are too many, are forgotten. */
final class Unacknowledged {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int CONNECTIONS = 10_000;
    private static final int PER_CONNECTION = 256;

    /** Asked on threads of Infinispan too, as the drafts of {@link Tracing}. */
    private final Cache<UUID, Map<Subject, Stage>> byConnection = Caffeine.newBuilder()
            .expireAfterWrite(PATIENCE)
            .maximumSize(CONNECTIONS)
            .executor(Runnable::run)
            .build();

    void add(UUID connectionId, Subject subject, Stage ack) {
        Map<Subject, Stage> waiting = byConnection.get(connectionId, id -> new ConcurrentHashMap<>());
        if (waiting.size() < PER_CONNECTION) {
            waiting.put(subject, ack);
        }
    }

    void end(UUID connectionId, UUID conversationId, long upTo) {
        Map<Subject, Stage> waiting = byConnection.getIfPresent(connectionId);
        if (waiting == null) {
            return;
        }
        waiting.entrySet().removeIf(entry -> {
            boolean acknowledged = entry.getKey().conversationId().equals(conversationId)
                    && entry.getKey().sequenceNumber() <= upTo;
            if (acknowledged) {
                entry.getValue().end();
            }
            return acknowledged;
        });
    }
}
