package io.duet.checker;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The stored messages, and which of them a device is owed. */
final class Rows {

    private final World world;
    private final Map<Integer, Map<Long, Frame.Message>> rows = new HashMap<>();
    private final Map<Long, BitSet> owed = new HashMap<>();
    private final Map<Long, Integer> owedFrom;

    Rows(World world, Truth truth, List<Journal.Entry> entries, Journal journal) {
        this.world = world;
        truth.pages().forEach((conversation, pages) -> rows.put(conversation, pages.rows()));
        this.owedFrom = lateBounds(entries, journal);
    }

    Map<Long, Frame.Message> of(int conversation) {
        return rows.getOrDefault(conversation, Map.of());
    }

    /** All but what the device itself has sent, and what is older than a late device. */
    BitSet owed(int device, int conversation) {
        return owed.computeIfAbsent(key(device, conversation), k -> {
            BitSet sequences = new BitSet();
            int from = world.device(device).late() ? owedFrom.getOrDefault(k, Integer.MAX_VALUE) : 1;
            of(conversation).values().forEach(row -> {
                if (row.sequence() >= from && Texts.device(row.key()) != device) {
                    sequences.set((int) row.sequence());
                }
            });
            return sequences;
        });
    }

    /** A late device is owed what was first sent after its registration, and what follows the first that it got. */
    private Map<Long, Integer> lateBounds(List<Journal.Entry> entries, Journal journal) {
        Map<Long, Integer> registeredAt = new HashMap<>();
        Map<Long, Integer> firstAttempt = new HashMap<>();
        Map<Long, Integer> bounds = new HashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            Journal.Entry entry = entries.get(i);
            if (entry.frame() instanceof Frame.Registered registered) {
                registeredAt.put((long) registered.device(), i);
            } else if (entry.frame() instanceof Frame.Send send) {
                firstAttempt.putIfAbsent(send.key(), i);
            } else if (entry.frame() instanceof Frame.NewMessage message && message.conversation() >= 0) {
                int device = journal.connection(entry.connection()).device();
                bounds.merge(
                        key(device, message.conversation()),
                        (int) message.message().sequence(),
                        Math::min);
            }
        }
        registeredAt.forEach((device, at) -> world.conversationsOf(
                        world.device(device.intValue()).user())
                .forEach(conversation -> of(conversation.index()).values().stream()
                        .filter(row -> firstAttempt.getOrDefault(row.key(), 0) > at)
                        .forEach(row -> bounds.merge(
                                key(device.intValue(), conversation.index()), (int) row.sequence(), Math::min))));
        return bounds;
    }

    private static long key(int device, int conversation) {
        return (long) device << 32 | conversation;
    }
}
