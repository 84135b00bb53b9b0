package io.duet.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.HdrHistogram.Histogram;

/**
 * A sender and its receiver, who acknowledges each message. A message is done when the sender has both its {@code sent}
 * (durable) and its {@code delivered}. Times count from when a message was meant to go out, not from when the generator got
 * round to it, so that a stall is not left out of the figures (coordinated omission).
 */
final class Pair {
    private static final int DIGITS = 19;
    private static final long STAMP_BASE = 1_000_000_000_000_000_000L;

    private final Sender sender;
    private final Receiver receiver;
    private final String conversation;
    private final String sendPrefix;
    private final String sendMiddle;
    private final String idPrefix = UUID.randomUUID().toString().substring(0, 8) + "-";
    private final Measure measure;
    private final Map<Long, Long> sentAt = new HashMap<>();

    private long sentCount;
    private long deliveredUpTo;
    private long durableUpTo;
    private long doneUpTo;
    private long received;
    private int caughtUp;
    private boolean sendsNext;

    /** What all pairs measure together. */
    static final class Measure {
        final Histogram sendToReceive = Result.histogram();
        final Histogram sendToSent = Result.histogram();
        final Histogram sendToDelivered = Result.histogram();
        long done;
        long errors;
        String firstError;

        void reset() {
            sendToReceive.reset();
            sendToSent.reset();
            sendToDelivered.reset();
            done = 0;
        }

        void into(Result result) {
            result.latency("send_to_receive", sendToReceive);
            result.latency("send_to_sent", sendToSent);
            result.latency("send_to_delivered", sendToDelivered);
            result.put("errors", errors);
            if (firstError != null) {
                result.put("first_error", firstError);
            }
        }
    }

    /** @param startSequence the conversation's head before the run */
    Pair(Loop loop, Population.Two two, long startSequence, int contentBytes, Measure measure) {
        this.measure = measure;
        this.conversation = two.conversationId().toString();
        this.sender = new Sender(loop, two.one());
        this.receiver = new Receiver(loop, two.other());
        this.sendPrefix = "{\"action\":\"send_message\",\"conversation_id\":\"" + conversation + "\",\"content\":\"";
        this.sendMiddle = "x".repeat(Math.max(0, contentBytes - DIGITS)) + "\",\"client_message_id\":\"" + idPrefix;
        this.doneUpTo = startSequence;
        this.durableUpTo = startSequence;
        this.deliveredUpTo = startSequence;
        this.received = startSequence;
    }

    /** The two may connect to different nodes. */
    void connect(Target target, int number) {
        sender.connect(target.node(number), null);
        receiver.connect(target.node(number + 1), null);
    }

    boolean ready() {
        return caughtUp == 2;
    }

    /** Keeps so many messages outstanding until {@link #stop}. */
    void start(int outstanding) {
        sendsNext = true;
        for (int i = 0; i < outstanding; i++) {
            send(System.nanoTime());
        }
    }

    /** No new messages by itself from now on. */
    void stop() {
        sendsNext = false;
    }

    /** Sends a message that was meant to go out at that time. */
    void send(long intendedNanos) {
        sentCount++;
        final String stamp = String.valueOf(STAMP_BASE + intendedNanos);
        sender.send(LoadConnection.prepare(sendPrefix + stamp + sendMiddle + stamp + "-" + sentCount + "\"}"));
    }

    long outstanding() {
        return sentCount - doneCount;
    }

    private long doneCount;

    private void advance() {
        final long upTo = Math.min(durableUpTo, deliveredUpTo);
        while (doneUpTo < upTo) {
            doneUpTo++;
            final Long stamp = sentAt.remove(doneUpTo);
            if (stamp == null) {
                throw new IllegalStateException("no sent for sequence " + doneUpTo + " before a later one");
            }
            measure.sendToDelivered.recordValue(System.nanoTime() - stamp);
            measure.done++;
            doneCount++;
            if (sendsNext) {
                send(System.nanoTime());
            }
        }
    }

    private void failed(String frame) {
        measure.errors++;
        if (measure.firstError == null) {
            measure.firstError = frame;
        }
    }

    private final class Sender extends Client {
        Sender(Loop loop, Population.Account account) {
            super(loop, account);
        }

        @Override
        void caughtUp() {
            caughtUp++;
            heartbeat(Math.random());
        }

        @Override
        void sent(byte[] bytes, int from, int to, long sequence) {
            final int id = Scan.value(bytes, from, to, CLIENT_MESSAGE_ID) + 1 + idPrefix.length();
            final long stamp = Scan.number(bytes, id) - STAMP_BASE;
            measure.sendToSent.recordValue(System.nanoTime() - stamp);
            sentAt.put(sequence, stamp);
            durableUpTo = Math.max(durableUpTo, sequence);
            advance();
        }

        @Override
        void delivered(byte[] bytes, int from, int to, long sequence) {
            deliveredUpTo = Math.max(deliveredUpTo, sequence);
            advance();
        }

        @Override
        void error(String frame) {
            failed(frame);
        }
    }

    private final class Receiver extends Client {
        Receiver(Loop loop, Population.Account account) {
            super(loop, account);
        }

        @Override
        void caughtUp() {
            caughtUp++;
            heartbeat(Math.random());
        }

        @Override
        void message(byte[] bytes, int from, int to, long sequence) {
            if (sequence != received + 1) {
                throw new IllegalStateException("received " + sequence + " after " + received);
            }
            received = sequence;
            final int content = Scan.value(bytes, from, to, CONTENT) + 1;
            measure.sendToReceive.recordValue(System.nanoTime() - (Scan.number(bytes, content) - STAMP_BASE));
            acknowledge(conversation, sequence);
        }

        @Override
        void error(String frame) {
            failed(frame);
        }
    }
}
