package io.duet.push;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Messages that were stored for devices with a push token a moment ago, by device and conversation, each with the time of the
 * first. Bounded: what finds no place is for the sweep. Safe for all threads; never blocks for long.
 */
final class Waiting {
    private final int most;
    private final Map<Due, Long> since = new LinkedHashMap<>();

    Waiting(int most) {
        this.most = most;
    }

    /** False when there is no place. */
    synchronized boolean add(UUID deviceId, UUID conversationId, long nowNanos) {
        var due = new Due(deviceId, conversationId);
        if (since.size() >= most && !since.containsKey(due)) {
            return false;
        }
        since.putIfAbsent(due, nowNanos);
        return true;
    }

    /** Takes those that have waited for so long, the oldest first. */
    synchronized List<Due> take(Duration wait, long nowNanos, int limit) {
        var taken = new ArrayList<Due>();
        var entries = since.entrySet().iterator();
        while (taken.size() < limit && entries.hasNext()) {
            Map.Entry<Due, Long> oldest = entries.next();
            if (nowNanos - oldest.getValue() < wait.toNanos()) {
                break;
            }
            taken.add(oldest.getKey());
            entries.remove();
        }
        return taken;
    }
}
