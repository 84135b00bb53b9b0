package io.duet.message;

/** A part of a conversation's history, and the way in which it is read. */
public sealed interface Range {
    /** From the head backwards, newest first. */
    record Newest() implements Range {}

    /** Below the sequence number, newest first. */
    record Before(long sequenceNumber) implements Range {}

    /** Above the sequence number, oldest first. */
    record After(long sequenceNumber) implements Range {}
}
