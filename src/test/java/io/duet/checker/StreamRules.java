package io.duet.checker;

import io.duet.checker.Violation.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What goes out to a device: on each connection ascending, without a gap, none twice; on all of them together everything
 * that the device is owed, and nothing again after its acknowledgement is known to be stored.
 *
 * <p>Answers to {@code sync} look like any other message. Between {@code sync} and {@code synced} a message of that range may be
 * either, so order is not judged there, and each {@code sync} allows for one more sight of what it covers.
 */
final class StreamRules implements Rule {

    private final World world;
    private final Journal journal;
    private final Past past;
    private final Rows rows;
    private final Findings findings;
    private final Map<Integer, Map<Integer, Flow>> live = new HashMap<>();
    private final Map<Long, BitSet> received = new HashMap<>();

    /** One conversation on one connection. */
    private static final class Flow {
        final BitSet got = new BitSet();
        final Map<Long, Integer> more = new HashMap<>();
        final List<Window> windows = new ArrayList<>(0);
        BitSet settled = new BitSet();
        int headAtConnect;
        int floor;
        long newest;
    }

    /** A {@code sync} and what has come since. */
    private static final class Window {
        final Frame.Sync sync;
        final int headBefore;
        final BitSet got = new BitSet();
        boolean open = true;

        Window(Frame.Sync sync, int headBefore) {
            this.sync = sync;
            this.headBefore = headBefore;
        }

        boolean covers(long sequence) {
            return sequence > sync.after() && sequence <= sync.after() + sync.limit();
        }
    }

    StreamRules(World world, Journal journal, Past past, Rows rows, Findings findings) {
        this.world = world;
        this.journal = journal;
        this.past = past;
        this.rows = rows;
        this.findings = findings;
    }

    @Override
    public void on(int index, Journal.Entry entry) {
        Frame frame = entry.frame();
        int connection = entry.connection();
        if (frame instanceof Frame.Connect connect) {
            connected(connection, connect);
        } else if (frame instanceof Frame.Closed) {
            live.remove(connection);
        } else if (frame instanceof Frame.NewMessage message) {
            message(index, connection, message);
        } else if (frame instanceof Frame.CaughtUp) {
            caughtUp(index, connection);
        } else if (frame instanceof Frame.Sync sync) {
            flow(connection, sync.conversation()).windows.add(new Window(sync, past.head(sync.conversation())));
        } else if (frame instanceof Frame.Synced synced) {
            synced(index, connection, synced);
        } else if (frame instanceof Frame.Refused refused && refused.action().equals("sync")) {
            syncRefused(connection);
        }
    }

    private void connected(int connection, Frame.Connect connect) {
        int device = deviceOf(connection);
        for (World.Conversation conversation :
                world.conversationsOf(world.device(device).user())) {
            Flow flow = flow(connection, conversation.index());
            flow.headAtConnect = past.head(conversation.index());
            flow.settled = (BitSet) past.confirmed(device, conversation.index()).clone();
            flow.settled.set(
                    0,
                    connect.lastSequences()
                                    .getOrDefault(conversation.index(), 0L)
                                    .intValue()
                            + 1);
        }
    }

    private void message(int index, int connection, Frame.NewMessage frame) {
        int device = deviceOf(connection);
        int c = frame.conversation();
        int user = world.device(device).user();
        if (c < 0 || !world.conversation(c).has(user)) {
            findings.add(Kind.MISDELIVERED, c, -1, device, connection, "not this person's conversation", index);
            return;
        }
        judgeValues(index, connection, frame, user);
        int n = (int) frame.message().sequence();
        Flow flow = flow(connection, c);
        List<Window> covering =
                flow.windows.stream().filter(window -> window.covers(n)).toList();
        boolean bySync = covering.stream().anyMatch(window -> window.open);
        covering.stream().filter(window -> window.open).forEach(window -> window.got.set(n));
        if (!bySync) {
            judgeOrder(index, connection, c, n, flow);
        }
        if (flow.got.get(n) && flow.more.merge((long) n, 1, Integer::sum) > covering.size()) {
            findings.add(Kind.TWICE, c, n, device, connection, "again on this connection", index);
        }
        flow.got.set(n);
        received(device, c).set(n);
    }

    private void judgeValues(int index, int connection, Frame.NewMessage frame, int user) {
        int c = frame.conversation();
        Frame.Message message = frame.message();
        int device = deviceOf(connection);
        Frame.Message row = rows.of(c).get(message.sequence());
        if (row == null) {
            findings.add(Kind.LOST_SENT, c, message.sequence(), device, connection, "shown, and not stored", index);
            return;
        }
        String differences = StorageRules.differences(message, row);
        if (!differences.isEmpty()) {
            findings.add(
                    Kind.CHANGED,
                    c,
                    message.sequence(),
                    device,
                    connection,
                    "differs in" + differences + ": " + row,
                    index);
        }
        if (message.key() != (row.sender() == user ? row.key() : 0)) {
            findings.add(Kind.CHANGED, c, message.sequence(), device, connection, "wrong client_message_id", index);
        }
    }

    private void judgeOrder(int index, int connection, int c, int n, Flow flow) {
        int device = deviceOf(connection);
        Frame.Message row = rows.of(c).get((long) n);
        if (row != null && Texts.device(row.key()) == device) {
            findings.add(Kind.MISDELIVERED, c, n, device, connection, "the device's own message", index);
        }
        if (n < flow.newest) {
            findings.add(Kind.OUT_OF_ORDER, c, n, device, connection, "after " + flow.newest, index);
        }
        if (flow.settled.get(n)) {
            findings.add(Kind.AGAIN_AFTER_ACK, c, n, device, connection, "acknowledged for good before", index);
        }
        flow.newest = Math.max(flow.newest, n);
        int missing = missingBelow(flow, device, c, n);
        if (missing > 0) {
            findings.add(Kind.GAP, c, missing, device, connection, "owed, and " + n + " came first", index);
        }
        flow.floor = Math.max(flow.floor, n);
    }

    /** The first below n that the device is owed and has neither got here nor acknowledged; 0 when there is none. */
    private int missingBelow(Flow flow, int device, int c, int n) {
        BitSet owed = rows.owed(device, c);
        BitSet acked = past.acked(device, c);
        for (int s = owed.nextSetBit(flow.floor + 1); s >= 0 && s < n; s = owed.nextSetBit(s + 1)) {
            if (!flow.got.get(s) && !acked.get(s)) {
                return s;
            }
        }
        return 0;
    }

    private void caughtUp(int index, int connection) {
        int device = deviceOf(connection);
        for (World.Conversation conversation :
                world.conversationsOf(world.device(device).user())) {
            Flow flow = flow(connection, conversation.index());
            int missing = missingBelow(flow, device, conversation.index(), flow.headAtConnect + 1);
            if (missing > 0) {
                findings.add(
                        Kind.CAUGHT_UP_TOO_SOON,
                        conversation.index(),
                        missing,
                        device,
                        connection,
                        "was stored before connect and has not come",
                        index);
            }
        }
    }

    /** A device asks for one conversation at a time. */
    private void syncRefused(int connection) {
        live.getOrDefault(connection, Map.of())
                .values()
                .forEach(flow -> flow.windows.forEach(window -> window.open = false));
    }

    private void synced(int index, int connection, Frame.Synced synced) {
        int device = deviceOf(connection);
        int c = synced.conversation();
        Flow flow = flow(connection, c);
        Window window = flow.windows.stream()
                .filter(candidate -> candidate.open)
                .findFirst()
                .orElse(null);
        if (window == null) {
            findings.add(Kind.WRONG_SYNC, c, synced.upTo(), device, connection, "not asked", index);
            return;
        }
        window.open = false;
        for (int s = (int) window.sync.after() + 1; s <= synced.upTo(); s++) {
            if (!window.got.get(s)) {
                findings.add(Kind.WRONG_SYNC, c, s, device, connection, "missing in the answer", index);
                break;
            }
        }
        if (!synced.more() && synced.upTo() < window.headBefore && window.sync.after() < window.headBefore
                || synced.upTo() > window.sync.after() + window.sync.limit()
                || synced.more() && synced.upTo() >= rows.of(c).size()) {
            findings.add(
                    Kind.WRONG_SYNC, c, synced.upTo(), device, connection, "has_more is not true to the head", index);
        }
    }

    @Override
    public void end() {
        for (World.Device device : world.devices()) {
            for (World.Conversation conversation : world.conversationsOf(device.user())) {
                BitSet missing =
                        (BitSet) rows.owed(device.index(), conversation.index()).clone();
                missing.andNot(received(device.index(), conversation.index()));
                if (!missing.isEmpty()) {
                    findings.add(
                            Kind.NEVER_RECEIVED,
                            conversation.index(),
                            missing.nextSetBit(0),
                            device.index(),
                            -1,
                            missing.cardinality() + " messages have never come",
                            -1);
                }
            }
        }
    }

    private Flow flow(int connection, int conversation) {
        return live.computeIfAbsent(connection, c -> new HashMap<>()).computeIfAbsent(conversation, c -> new Flow());
    }

    private BitSet received(int device, int conversation) {
        return received.computeIfAbsent((long) device << 32 | conversation, k -> new BitSet());
    }

    private int deviceOf(int connection) {
        return journal.connection(connection).device();
    }
}
