package io.duet.checker;

import io.duet.checker.Violation.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The violations found so far, each with the frames around it. Beyond a number of them it only counts. */
final class Findings {

    private static final int MOST_OF_A_KIND = 50;
    private static final int MOST_SHOWN = 5;
    private static final int AROUND = 6;
    private static final int MOST_FRAMES = 40;

    private final Journal journal;
    private final List<Violation> violations = new ArrayList<>();
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);

    Findings(Journal journal) {
        this.journal = journal;
    }

    /** @param index of the entry that shows it, or −1 */
    void add(Kind kind, int conversation, long sequence, int device, int connection, String what, int index) {
        if (counts.merge(kind, 1, Integer::sum) <= MOST_OF_A_KIND) {
            violations.add(new Violation(
                    kind,
                    conversation,
                    sequence,
                    device,
                    connection,
                    what,
                    counts.get(kind) <= MOST_SHOWN ? around(conversation, sequence, connection, index) : List.of()));
        }
    }

    List<Violation> violations() {
        return violations;
    }

    Map<Kind, Integer> counts() {
        return counts;
    }

    private List<String> around(int conversation, long sequence, int connection, int index) {
        List<String> frames = new ArrayList<>();
        List<Journal.Entry> entries = journal.entries();
        int before = index;
        for (int found = 0; before > 0 && found < AROUND; before--) {
            found += near(entries.get(before), conversation, connection) ? 1 : 0;
        }
        for (int i = 0, after = 0; i < entries.size() && frames.size() < MOST_FRAMES; i++) {
            Journal.Entry entry = entries.get(i);
            boolean close = index >= 0 && i >= before && after < AROUND && near(entry, conversation, connection);
            after += close && i > index ? 1 : 0;
            if (close || about(entry.frame(), conversation, sequence)) {
                frames.add((i == index ? "=> " : "   ") + journal.describe(entry));
            }
        }
        return frames;
    }

    private static boolean near(Journal.Entry entry, int conversation, int connection) {
        int of = conversationOf(entry.frame());
        return entry.connection() == connection && (of < 0 || conversation < 0 || of == conversation)
                || entry.frame() instanceof Frame.Note;
    }

    private static int conversationOf(Frame frame) {
        return frame instanceof Frame.Send send
                ? send.conversation()
                : frame instanceof Frame.NewMessage message
                        ? message.conversation()
                        : frame instanceof Frame.Sent sent
                                ? sent.conversation()
                                : frame instanceof Frame.AckUpTo ack
                                        ? ack.conversation()
                                        : frame instanceof Frame.Delivered delivered ? delivered.conversation() : -1;
    }

    private static boolean about(Frame frame, int conversation, long sequence) {
        return frame instanceof Frame.NewMessage message
                        && message.conversation() == conversation
                        && message.message().sequence() == sequence
                || frame instanceof Frame.Sent sent
                        && sent.conversation() == conversation
                        && sent.sequence() == sequence
                || frame instanceof Frame.Delivered delivered
                        && delivered.conversation() == conversation
                        && delivered.sequence() == sequence;
    }
}
