package io.duet.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.HdrHistogram.Histogram;

/**
 * A sender with a fixed number of messages outstanding, and its receiver, who acknowledges each message. A message is
 * done when the sender has both its {@code sent} (durable) and its {@code delivered}; then the next one goes out.
 */
final class Pair {

    private static final byte[] EVENT = Scan.key("event");
    private static final byte[] SEQUENCE = Scan.key("sequence_number");
    private static final byte[] CONTENT = Scan.key("content");
    private static final byte[] CLIENT_MESSAGE_ID = Scan.key("client_message_id");
    private static final int DIGITS = 19;

    private final LoadConnection sender;
    private final LoadConnection receiver;
    private final String sendPrefix;
    private final String contentRest;
    private final String sendMiddle;
    private final String ackPrefix;
    private final String idPrefix = UUID.randomUUID().toString().substring(0, 8) + "-";
    private final Measure measure;
    private final Map<Long, Long> doneAtSequence = new HashMap<>();

    private long sentCount;
    private long deliveredUpTo = -1;
    private long durableUpTo = -1;
    private long doneUpTo;
    private long received;
    private long outstanding;
    private boolean stopped;

    /** What all pairs measure together. */
    static final class Measure {
        final Histogram sendToReceive = new Histogram(60_000_000_000L, 3);
        final Histogram sendToSent = new Histogram(60_000_000_000L, 3);
        final Histogram sendToDelivered = new Histogram(60_000_000_000L, 3);
        long done;
        long errors;
        String firstError;

        void reset() {
            sendToReceive.reset();
            sendToSent.reset();
            sendToDelivered.reset();
            done = 0;
        }
    }

    Pair(LoadConnection sender, LoadConnection receiver, UUID conversationId, int contentBytes, Measure measure) {
        this.sender = sender;
        this.receiver = receiver;
        this.measure = measure;
        this.contentRest = "x".repeat(Math.max(0, contentBytes - DIGITS));
        this.sendPrefix = "{\"action\":\"send_message\",\"conversation_id\":\"" + conversationId + "\",\"content\":\"";
        this.sendMiddle = contentRest + "\",\"client_message_id\":\"" + idPrefix;
        this.ackPrefix = "{\"action\":\"ack\",\"conversation_id\":\"" + conversationId + "\",\"sequence_number\":";
    }

    void start(int messages) throws IOException {
        for (int i = 0; i < messages; i++) {
            sendNext();
        }
    }

    /** No new messages from now on. */
    void stop() {
        stopped = true;
    }

    long sentCount() {
        return sentCount;
    }

    long received() {
        return received;
    }

    long outstanding() {
        return outstanding;
    }

    private void sendNext() throws IOException {
        sentCount++;
        outstanding++;
        String stamp = String.valueOf(1_000_000_000_000_000_000L + System.nanoTime());
        sender.send(LoadConnection.prepare(sendPrefix + stamp + sendMiddle + stamp + "-" + sentCount + "\"}"));
    }

    void onSenderFrame(byte[] bytes, int from, int to) {
        int event = Scan.value(bytes, from, to, EVENT) + 1;
        switch (bytes[event]) {
            case 's' -> sent(bytes, from, to);
            case 'd' -> delivered(Scan.number(bytes, Scan.value(bytes, from, to, SEQUENCE)));
            case 'e' -> error(bytes, from, to);
            default -> {}
        }
    }

    private void sent(byte[] bytes, int from, int to) {
        long sequence = Scan.number(bytes, Scan.value(bytes, from, to, SEQUENCE));
        int id = Scan.value(bytes, from, to, CLIENT_MESSAGE_ID) + 1 + idPrefix.length();
        long stamp = Scan.number(bytes, id) - 1_000_000_000_000_000_000L;
        measure.sendToSent.recordValue(System.nanoTime() - stamp);
        doneAtSequence.put(sequence, stamp);
        durableUpTo = Math.max(durableUpTo, sequence);
        advance();
    }

    private void delivered(long sequence) {
        deliveredUpTo = Math.max(deliveredUpTo, sequence);
        advance();
    }

    private void advance() {
        long upTo = Math.min(durableUpTo, deliveredUpTo);
        while (doneUpTo < upTo) {
            doneUpTo++;
            Long stamp = doneAtSequence.remove(doneUpTo);
            if (stamp == null) {
                throw new IllegalStateException("no sent for sequence " + doneUpTo + " before a later one");
            }
            measure.sendToDelivered.recordValue(System.nanoTime() - stamp);
            measure.done++;
            outstanding--;
            if (!stopped) {
                try {
                    sendNext();
                } catch (IOException failure) {
                    throw new IllegalStateException(failure);
                }
            }
        }
    }

    private void error(byte[] bytes, int from, int to) {
        measure.errors++;
        if (measure.firstError == null) {
            measure.firstError = new String(bytes, from, to - from, StandardCharsets.UTF_8);
        }
    }

    void onReceiverFrame(byte[] bytes, int from, int to) {
        int event = Scan.value(bytes, from, to, EVENT) + 1;
        if (bytes[event] == 'e') {
            error(bytes, from, to);
        }
        if (bytes[event] != 'n') {
            return;
        }
        long sequence = Scan.number(bytes, Scan.value(bytes, from, to, SEQUENCE));
        if (sequence != received + 1) {
            throw new IllegalStateException("received " + sequence + " after " + received);
        }
        received = sequence;
        int content = Scan.value(bytes, from, to, CONTENT) + 1;
        measure.sendToReceive.recordValue(
                System.nanoTime() - (Scan.number(bytes, content) - 1_000_000_000_000_000_000L));
        try {
            receiver.send(LoadConnection.prepare(ackPrefix + sequence + "}"));
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
