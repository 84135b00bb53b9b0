package io.duet.checker;

import java.util.List;

/**
 * One promise that was not kept.
 *
 * @param conversation index, −1 where none is concerned; likewise sequence, device and connection
 * @param frames the frames around it, as lines
 */
public record Violation(
        Kind kind, int conversation, long sequence, int device, int connection, String what, List<String> frames) {

    /** Which promise. */
    public enum Kind {
        /** Confirmed, yet not stored. */
        LOST_SENT,
        /** More than one row for one send, or a row that nobody sent. */
        DOUBLE_ROW,
        /** Sequences are not exactly 1 … N. */
        SEQUENCE_GAP,
        /** A value of a message is not what it was, or not what was sent. */
        CHANGED,
        /** {@code duplicate} is not true to what happened. */
        WRONG_DUPLICATE,
        /** Two sends of one connection were stored the other way round. */
        SENDS_SWAPPED,
        /** A send was never answered, however often it was repeated. */
        NEVER_ANSWERED,
        /** A device never got a message. */
        NEVER_RECEIVED,
        /** A message went out while an older one that the device was owed had not. */
        GAP,
        /** A message went out after a newer one. */
        OUT_OF_ORDER,
        /** A message went out twice on one connection. */
        TWICE,
        /** A message went out again after its acknowledgement was known to be durable. */
        AGAIN_AFTER_ACK,
        /** {@code caught_up} while something that was pending had not gone out. */
        CAUGHT_UP_TOO_SOON,
        /** Something reached somebody whom it does not concern. */
        MISDELIVERED,
        /** {@code delivered} before any device of the recipient had acknowledged. */
        EARLY_DELIVERED,
        /** {@code delivered} more than once, or by different devices. */
        DELIVERED_TWICE,
        /** {@code peer_delivered_sequence} or a message's status per device is wrong. */
        WRONG_DELIVERED,
        /** A read mark is wrong. */
        WRONG_READ,
        /** {@code unread_count} is wrong. */
        WRONG_UNREAD,
        /** Somebody is said to be online or offline and is not. */
        WRONG_PRESENCE,
        /** The answer to {@code sync} is wrong. */
        WRONG_SYNC,
        /** A valid frame was refused for good. */
        REFUSED,
        /** A well-behaved client was thrown out. */
        WRONGLY_CLOSED,
        /** A connection was left open although its device has a newer one. */
        NOT_DISPLACED,
        /** What the server said is not what the contract says. */
        UNINTELLIGIBLE,
        /** A device could not get in. */
        NOT_CONNECTED
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder().append(kind).append(": ").append(what);
        append(text, " conversation ", conversation);
        append(text, " sequence ", sequence);
        append(text, " device ", device);
        append(text, " connection ", connection);
        frames.forEach(frame -> text.append("\n        ").append(frame));
        return text.toString();
    }

    private static void append(StringBuilder text, String name, long value) {
        if (value >= 0) {
            text.append(',').append(name).append(value);
        }
    }
}
