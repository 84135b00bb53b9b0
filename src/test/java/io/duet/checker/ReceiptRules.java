package io.duet.checker;

import io.duet.checker.Violation.Kind;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** What has been delivered and read: told only after it happened, and known exactly when everything rests. */
final class ReceiptRules implements Rule {

    private final World world;
    private final Journal journal;
    private final Past past;
    private final Rows rows;
    private final Truth truth;
    private final Findings findings;
    private final Map<Long, BitSet> toldDelivered = new HashMap<>();
    private final Map<Long, Integer> firstDevice = new HashMap<>();

    ReceiptRules(World world, Journal journal, Past past, Rows rows, Truth truth, Findings findings) {
        this.world = world;
        this.journal = journal;
        this.past = past;
        this.rows = rows;
        this.truth = truth;
        this.findings = findings;
    }

    @Override
    public void on(int index, Journal.Entry entry) {
        if (entry.frame() instanceof Frame.Delivered delivered) {
            delivered(index, entry.connection(), delivered);
        } else if (entry.frame() instanceof Frame.Read read) {
            read(index, entry.connection(), read);
        } else if (entry.frame() instanceof Frame.Viewed viewed) {
            judgeUnread(viewed.user(), viewed.view(), index);
            if (viewed.view().myLastRead()
                    > past.mark(viewed.user(), viewed.view().conversation())) {
                report(Kind.WRONG_READ, viewed.view(), viewed.user(), "nobody has read so far", index);
            }
        }
    }

    private void delivered(int index, int connection, Frame.Delivered frame) {
        int c = frame.conversation();
        int device = journal.connection(connection).device();
        int user = world.device(device).user();
        Frame.Message row = c < 0 ? null : rows.of(c).get(frame.sequence());
        if (row == null || row.sender() != user || !row.id().equals(frame.messageId())) {
            findings.add(
                    Kind.MISDELIVERED,
                    c,
                    frame.sequence(),
                    device,
                    connection,
                    "delivered of what is not there",
                    index);
            return;
        }
        int by = frame.device();
        if (by < 0 || world.device(by).user() != world.conversation(c).peerOf(user)) {
            findings.add(
                    Kind.EARLY_DELIVERED, c, frame.sequence(), device, connection, "by no device of the peer", index);
        } else if (!past.acked(by, c).get((int) frame.sequence())) {
            findings.add(
                    Kind.EARLY_DELIVERED,
                    c,
                    frame.sequence(),
                    device,
                    connection,
                    "device " + by + " has not acknowledged it",
                    index);
        }
        BitSet told = toldDelivered.computeIfAbsent((long) connection << 32 | c, k -> new BitSet());
        if (told.get((int) frame.sequence())
                || firstDevice.merge((long) c << 32 | frame.sequence(), by, (first, now) -> first) != by) {
            findings.add(Kind.DELIVERED_TWICE, c, frame.sequence(), device, connection, "told before", index);
        }
        told.set((int) frame.sequence());
    }

    private void read(int index, int connection, Frame.Read frame) {
        int c = frame.conversation();
        int device = journal.connection(connection).device();
        if (c < 0
                || frame.reader() < 0
                || !world.conversation(c).has(world.device(device).user())
                || !world.conversation(c).has(frame.reader())) {
            findings.add(Kind.MISDELIVERED, c, frame.sequence(), device, connection, "read of others", index);
        } else if (frame.sequence() > past.mark(frame.reader(), c)) {
            findings.add(Kind.WRONG_READ, c, frame.sequence(), device, connection, "not read yet", index);
        }
    }

    /** True at any moment: rows never change, and the three numbers are of one answer. */
    private void judgeUnread(int user, Frame.View view, int index) {
        long unread = rows.of(view.conversation()).values().stream()
                .filter(row -> row.sender() != user
                        && row.sequence() > view.myLastRead()
                        && row.sequence() <= view.lastSequence())
                .count();
        if (unread != view.unreadCount()) {
            report(Kind.WRONG_UNREAD, view, user, unread + " are unread", index);
        }
    }

    @Override
    public void end() {
        truth.views()
                .forEach((conversation, perUser) -> perUser.forEach((user, view) -> {
                    int peer = world.conversation(conversation).peerOf(user);
                    judgeUnread(user, view, -1);
                    if (view.myLastRead() != past.mark(user, conversation)) {
                        report(Kind.WRONG_READ, view, user, "has read up to " + past.mark(user, conversation), -1);
                    }
                    if (view.peerLastRead() != past.mark(peer, conversation)) {
                        report(
                                Kind.WRONG_READ,
                                view,
                                user,
                                "the peer has read up to " + past.mark(peer, conversation),
                                -1);
                    }
                    judgeDelivered(conversation, user, peer, view);
                }));
        truth.statuses().values().forEach(this::judgeStatus);
    }

    /** Which of the user's messages the peer has, without a hole: as far as the first that no device has acknowledged. */
    private void judgeDelivered(int conversation, int user, int peer, Frame.View view) {
        BitSet acked = new BitSet();
        world.devicesOf(peer).forEach(device -> acked.or(past.acked(device.index(), conversation)));
        long reached = 0;
        long said = 0;
        boolean hole = false;
        for (long s = 1; s <= view.lastSequence(); s++) {
            Frame.Message row = rows.of(conversation).get(s);
            if (row != null && row.sender() == user) {
                hole |= !acked.get((int) s);
                reached = hole ? reached : s;
                said = s <= view.peerDelivered() ? s : said;
            }
        }
        if (said != reached || view.peerDelivered() > view.lastSequence()) {
            report(Kind.WRONG_DELIVERED, view, user, "the peer has acknowledged up to " + reached, -1);
        }
    }

    private void judgeStatus(Truth.Status status) {
        int c = status.conversation();
        Frame.Message row = rows.of(c).get(status.sequence());
        int sequence = (int) status.sequence();
        boolean read = past.mark(world.conversation(c).peerOf(row.sender()), c) >= sequence;
        if (status.read() != read) {
            findings.add(Kind.WRONG_READ, c, sequence, -1, -1, "status says read " + status.read(), -1);
        }
        for (World.Device device : world.devices()) {
            if (world.conversation(c).has(device.user())
                    && rows.owed(device.index(), c).get(sequence)) {
                Boolean delivered = status.devices().get(device.index());
                boolean acked = past.acked(device.index(), c).get(sequence);
                if (delivered == null || delivered != acked) {
                    findings.add(
                            Kind.WRONG_DELIVERED,
                            c,
                            sequence,
                            device.index(),
                            -1,
                            "status says delivered " + delivered + ", acknowledged is " + acked,
                            -1);
                }
            }
        }
    }

    private void report(Kind kind, Frame.View view, int user, String what, int index) {
        findings.add(
                kind,
                view.conversation(),
                view.lastSequence(),
                -1,
                -1,
                what + "; user " + user + " is told " + view,
                index);
    }
}
