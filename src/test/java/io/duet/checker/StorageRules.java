package io.duet.checker;

import io.duet.checker.Violation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What is stored: each confirmed send once and unchanged, numbered 1 … N, and every answer true to that. */
final class StorageRules implements Rule {

    private final World world;
    private final Texts texts;
    private final Journal journal;
    private final Truth truth;
    private final Rows rows;
    private final Findings findings;
    private final Map<Long, Send> sends = new TreeMap<>();
    private final Map<Long, Integer> seenAt = new HashMap<>();

    /** One send with all its attempts and answers, as indices of entries. */
    private static final class Send {
        final int conversation;
        final List<Integer> attempts = new ArrayList<>(1);
        final List<Integer> answers = new ArrayList<>(1);
        boolean refused;
        boolean abandoned;

        Send(int conversation) {
            this.conversation = conversation;
        }
    }

    StorageRules(World world, Texts texts, Journal journal, Truth truth, Rows rows, Findings findings) {
        this.world = world;
        this.texts = texts;
        this.journal = journal;
        this.truth = truth;
        this.rows = rows;
        this.findings = findings;
    }

    @Override
    public void on(int index, Journal.Entry entry) {
        Frame frame = entry.frame();
        if (frame instanceof Frame.Send send) {
            sends.computeIfAbsent(send.key(), k -> new Send(send.conversation()))
                    .attempts
                    .add(index);
        } else if (frame instanceof Frame.Sent sent) {
            Send send = sends.get(sent.key());
            if (send == null
                    || Texts.device(sent.key()) != deviceOf(index)
                    || send.conversation != sent.conversation()) {
                violation(Kind.MISDELIVERED, sent.conversation(), sent.sequence(), index, "sent for what was not sent");
            } else {
                send.answers.add(index);
            }
        } else if (frame instanceof Frame.NewMessage message) {
            seenAt.putIfAbsent(place(message.conversation(), message.message().sequence()), index);
        } else if (frame instanceof Frame.Refused refused && refused.key() > 0 && !refused.retryable()) {
            Send send = sends.get(refused.key());
            if (send != null) {
                send.refused = true;
            }
        } else if (frame instanceof Frame.Abandoned abandoned && sends.containsKey(abandoned.key())) {
            sends.get(abandoned.key()).abandoned = true;
        }
    }

    @Override
    public void end() {
        Map<Long, Frame.Message> byKey = new HashMap<>();
        world.conversations().forEach(conversation -> judgeRows(conversation, byKey));
        sends.forEach((key, send) -> judgeSend(key, send, byKey.get(key)));
        judgeOrder(byKey);
    }

    private void judgeRows(World.Conversation conversation, Map<Long, Frame.Message> byKey) {
        int c = conversation.index();
        Truth.Pages pages = truth.pages().get(c);
        long expected = 1;
        for (Frame.Message row : pages.ofOne()) {
            if (row.sequence() != expected) {
                violation(Kind.SEQUENCE_GAP, c, row.sequence(), -1, "follows " + (expected - 1));
            }
            expected = row.sequence() + 1;
        }
        for (Frame.View view : truth.views().get(c).values()) {
            if (view.lastSequence() != expected - 1) {
                violation(Kind.SEQUENCE_GAP, c, expected - 1, -1, "is the last message, but the list says " + view);
            }
        }
        judgeSameHistory(c, pages);
        for (Frame.Message row : rows.of(c).values()) {
            Send send = sends.get(row.key());
            if (send == null || send.conversation != c) {
                violation(Kind.DOUBLE_ROW, c, row.sequence(), -1, "nobody has sent " + row);
            } else if (byKey.put(row.key(), row) != null) {
                violation(Kind.DOUBLE_ROW, c, row.sequence(), -1, "stored a second time: " + row);
            } else if (row.sender() != world.device(Texts.device(row.key())).user()
                    || row.contentHash() != Texts.hash(texts.content(row.key(), 0))) {
                violation(Kind.CHANGED, c, row.sequence(), -1, "not what was sent: " + row);
            }
        }
    }

    private void judgeSameHistory(int c, Truth.Pages pages) {
        if (pages.ofOne().size() != pages.ofOther().size()) {
            violation(
                    Kind.SEQUENCE_GAP,
                    c,
                    -1,
                    -1,
                    "the two see " + pages.ofOne().size() + " and "
                            + pages.ofOther().size() + " messages");
            return;
        }
        for (int i = 0; i < pages.ofOne().size(); i++) {
            Frame.Message one = pages.ofOne().get(i);
            Frame.Message other = pages.ofOther().get(i);
            if (!differences(one, other).isEmpty() || (one.key() == 0) == (other.key() == 0)) {
                violation(Kind.CHANGED, c, one.sequence(), -1, "the two see " + one + " and " + other);
            }
        }
    }

    /** What differs between two sights of one message, keys aside. */
    static String differences(Frame.Message one, Frame.Message other) {
        StringBuilder what = new StringBuilder();
        if (one.sequence() != other.sequence()) {
            what.append(" sequence_number");
        }
        if (!Objects.equals(one.id(), other.id())) {
            what.append(" message_id");
        }
        if (one.sender() != other.sender()) {
            what.append(" sender_id");
        }
        if (one.contentHash() != other.contentHash()) {
            what.append(" content");
        }
        if (one.timestamp() != other.timestamp()) {
            what.append(" timestamp");
        }
        return what.toString();
    }

    private void judgeSend(long key, Send send, Frame.Message row) {
        if (send.answers.isEmpty()) {
            if (!send.abandoned && !send.refused) {
                violation(Kind.NEVER_ANSWERED, send.conversation, -1, send.attempts.get(0), texts.clientMessageId(key));
            }
            return;
        }
        int stored = 0;
        for (int answer : send.answers) {
            Frame.Sent sent = (Frame.Sent) entry(answer).frame();
            if (row == null) {
                violation(Kind.LOST_SENT, send.conversation, sent.sequence(), answer, "confirmed, and not stored");
                return;
            }
            if (sent.sequence() != row.sequence()
                    || !sent.messageId().equals(row.id())
                    || sent.timestamp() != row.timestamp()) {
                violation(Kind.CHANGED, send.conversation, sent.sequence(), answer, "stored is " + row);
            }
            stored += sent.duplicate() ? 0 : 1;
            judgeDuplicate(send, sent, answer, stored);
        }
    }

    private void judgeDuplicate(Send send, Frame.Sent sent, int answer, int stored) {
        List<Integer> attempts =
                send.attempts.stream().filter(attempt -> attempt < answer).toList();
        List<Integer> here = attempts.stream()
                .filter(attempt -> entry(attempt).connection() == entry(answer).connection())
                .toList();
        if (here.isEmpty()) {
            violation(Kind.MISDELIVERED, send.conversation, sent.sequence(), answer, "not asked on this connection");
            return;
        }
        long answeredHere = send.answers.stream()
                .filter(other -> other <= answer
                        && entry(other).connection() == entry(answer).connection())
                .count();
        long sameContentHere = here.stream()
                .filter(attempt -> ((Frame.Send) entry(attempt).frame()).variant() == 0)
                .count();
        if (answeredHere > sameContentHere) {
            violation(
                    Kind.CHANGED, send.conversation, sent.sequence(), answer, "other content under the same id passed");
        }
        int asked = here.get(0);
        boolean known = send.answers.get(0) < asked
                || seenAt.getOrDefault(place(send.conversation, sent.sequence()), Integer.MAX_VALUE) < asked;
        if (sent.duplicate() && attempts.size() < 2) {
            violation(Kind.WRONG_DUPLICATE, send.conversation, sent.sequence(), answer, "it is the first attempt");
        } else if (!sent.duplicate() && (known || stored > 1)) {
            violation(Kind.WRONG_DUPLICATE, send.conversation, sent.sequence(), answer, "it had been stored before");
        }
    }

    /** Sends of one connection that went well at once are stored in the order in which they were written. */
    private void judgeOrder(Map<Long, Frame.Message> byKey) {
        Map<Long, Integer> lastAttempt = new HashMap<>();
        Map<Long, Long> highest = new HashMap<>();
        sends.entrySet().stream()
                .filter(entry -> byKey.containsKey(entry.getKey()))
                .map(Map.Entry::getValue)
                .filter(send -> send.attempts.size() == 1 && send.answers.size() == 1)
                .sorted((one, other) -> one.attempts.get(0) - other.attempts.get(0))
                .forEach(send -> {
                    Frame.Sent sent = (Frame.Sent) entry(send.answers.get(0)).frame();
                    long where = place(entry(send.attempts.get(0)).connection(), send.conversation);
                    Long before = highest.merge(where, sent.sequence(), Math::max);
                    if (before > sent.sequence()) {
                        violation(
                                Kind.SENDS_SWAPPED,
                                send.conversation,
                                sent.sequence(),
                                send.answers.get(0),
                                "written after " + before + ", at entry " + lastAttempt.get(where));
                    }
                    lastAttempt.put(where, send.attempts.get(0));
                });
    }

    private Journal.Entry entry(int index) {
        return journal.entries().get(index);
    }

    private int deviceOf(int index) {
        return journal.connection(entry(index).connection()).device();
    }

    private static long place(long one, long other) {
        return one << 40 | other;
    }

    private void violation(Kind kind, int conversation, long sequence, int index, String what) {
        int connection = index < 0 ? -1 : entry(index).connection();
        findings.add(kind, conversation, sequence, connection < 0 ? -1 : deviceOf(index), connection, what, index);
    }
}
