package io.duet.checker;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;

/** What one device holds, and what of it it has acknowledged. */
final class Shelf {

    private final Speech speech;
    private final Map<Integer, Held> perConversation = new HashMap<>();

    private static final class Held {
        final NavigableMap<Long, UUID> waiting = new TreeMap<>();
        final NavigableMap<Long, UUID> singles = new TreeMap<>();
        long newest;
        long newestSeen;
        long ackedUpTo;
        int lag;
    }

    Shelf(Speech speech) {
        this.speech = speech;
    }

    void received(int conversation, Frame.Message message) {
        Held held = held(conversation);
        held.waiting.put(message.sequence(), message.id());
        held.newest = Math.max(held.newest, message.sequence());
        held.newestSeen = Math.max(held.newestSeen, message.sequence());
    }

    /** This device's own message has that number. */
    void own(int conversation, long sequence) {
        held(conversation).newestSeen = Math.max(held(conversation).newestSeen, sequence);
    }

    /** The last message of the peer or of another device; 0 for none. */
    long newest(int conversation) {
        return held(conversation).newest;
    }

    /** The last message that this device knows of. */
    long newestSeen(int conversation) {
        return held(conversation).newestSeen;
    }

    Map<Integer, Long> newest() {
        Map<Integer, Long> all = new HashMap<>();
        perConversation.forEach((conversation, held) -> {
            if (held.newest > 0) {
                all.put(conversation, held.newest);
            }
        });
        return all;
    }

    /** {@code connect} has told the server: that is an acknowledgement too. */
    void told(Map<Integer, Long> lastSequences) {
        lastSequences.forEach((conversation, last) -> acknowledged(held(conversation), last));
    }

    /** @param share of what waits: 1 is all of it */
    void acknowledge(int conversation, double share) {
        Held held = held(conversation);
        int skip = (int) ((1 - share) * held.waiting.size());
        Long upTo = held.waiting.isEmpty() ? null : held.waiting.lastKey();
        for (int i = 0; i < skip && upTo != null; i++) {
            upTo = held.waiting.lowerKey(upTo);
        }
        if (upTo != null && speech.say(new Frame.AckUpTo(conversation, upTo))) {
            acknowledged(held, upTo);
        }
    }

    private static void acknowledged(Held held, long upTo) {
        held.waiting.headMap(upTo, true).clear();
        held.singles.headMap(upTo, true).clear();
        held.ackedUpTo = Math.max(held.ackedUpTo, upTo);
    }

    void acknowledgeOne(int conversation, Frame.Message message) {
        if (speech.say(new Frame.AckOne(conversation, message.sequence(), message.id()))) {
            held(conversation).waiting.remove(message.sequence());
            held(conversation).singles.put(message.sequence(), message.id());
        }
    }

    void acknowledgeAll() {
        perConversation.keySet().forEach(conversation -> acknowledge(conversation, 1));
    }

    /** How many of the last messages stay without acknowledgement when everything rests. */
    void lag(int conversation, int messages) {
        held(conversation).lag = messages;
    }

    /** Acknowledges all but the last few, see {@link #lag}. */
    void acknowledgeAllButLag() {
        perConversation.forEach((conversation, held) -> {
            Long upTo = held.waiting.floorKey(held.newest - held.lag);
            if (upTo != null && speech.say(new Frame.AckUpTo(conversation, upTo))) {
                acknowledged(held, upTo);
            }
        });
    }

    /** Says again all that was ever acknowledged: some of it may have been lost with a connection. */
    void reaffirm() {
        perConversation.forEach((conversation, held) -> {
            if (held.ackedUpTo > 0) {
                speech.say(new Frame.AckUpTo(conversation, held.ackedUpTo));
            }
            held.singles.forEach((sequence, id) -> speech.say(new Frame.AckOne(conversation, sequence, id)));
        });
    }

    private Held held(int conversation) {
        return perConversation.computeIfAbsent(conversation, c -> new Held());
    }
}
