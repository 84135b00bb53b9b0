package io.duet.checker;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** What is known at one point of the journal. Built up entry by entry, before the rules see each. */
final class Past {

    private final Journal journal;
    private final World world;
    private final Map<Long, BitSet> acked = new HashMap<>();
    private final Map<Long, BitSet> confirmed = new HashMap<>();
    private final Map<Long, Long> marks = new HashMap<>();
    private final Map<Integer, Integer> heads = new HashMap<>();
    private final Map<Integer, Integer> liveConnection = new HashMap<>();

    Past(Journal journal, World world) {
        this.journal = journal;
        this.world = world;
    }

    void apply(Journal.Entry entry) {
        Frame frame = entry.frame();
        int device = entry.connection() < 0
                ? -1
                : journal.connection(entry.connection()).device();
        if (frame instanceof Frame.AckUpTo ack) {
            acked(device, ack.conversation()).set(1, (int) ack.sequence() + 1);
        } else if (frame instanceof Frame.AckOne ack) {
            acked(device, ack.conversation()).set((int) ack.sequence());
        } else if (frame instanceof Frame.Connect connect) {
            connect.lastSequences()
                    .forEach((conversation, last) -> acked(device, conversation).set(1, (int) (last + 1)));
            liveConnection.put(device, entry.connection());
        } else if (frame instanceof Frame.Sent sent) {
            heads.merge(sent.conversation(), (int) sent.sequence(), Math::max);
        } else if (frame instanceof Frame.NewMessage message) {
            heads.merge(message.conversation(), (int) message.message().sequence(), Math::max);
        } else if (frame instanceof Frame.Delivered delivered && delivered.device() >= 0) {
            at(confirmed, delivered.device(), delivered.conversation()).set((int) delivered.sequence());
        } else if (frame instanceof Frame.AcksConfirmed) {
            acked.forEach((key, sequences) ->
                    confirmed.computeIfAbsent(key, k -> new BitSet()).or(sequences));
        } else if (frame instanceof Frame.ReadUpTo read) {
            marks.merge(key(world.device(device).user(), read.conversation()), read.sequence(), Math::max);
        }
    }

    /** What the device has said that it has. */
    BitSet acked(int device, int conversation) {
        return at(acked, device, conversation);
    }

    /** What the server has shown to know that the device has it: no later connection may bring it again. */
    BitSet confirmed(int device, int conversation) {
        return at(confirmed, device, conversation);
    }

    /** How far the person has said to have read. */
    long mark(int user, int conversation) {
        return marks.getOrDefault(key(user, conversation), 0L);
    }

    /** The highest sequence number that anybody has seen. */
    int head(int conversation) {
        return heads.getOrDefault(conversation, 0);
    }

    /** The newest connection that the device has begun. */
    int newestConnection(int device) {
        return liveConnection.getOrDefault(device, -1);
    }

    private static BitSet at(Map<Long, BitSet> of, int one, int conversation) {
        return of.computeIfAbsent(key(one, conversation), k -> new BitSet());
    }

    private static long key(int one, int conversation) {
        return (long) one << 32 | conversation;
    }
}
