package io.duet.delivery;

import io.duet.rest.Caller;
import java.time.Instant;
import java.util.UUID;

/**
 * One device that is connected to this node: who it is, and by which token. Made by {@link Delivery#connect}, ended by
 * {@link Delivery#disconnect}. Safe for all threads.
 */
public final class Connection {
    private final UUID connectionId;
    private final UUID deviceId;
    private final long admission;
    private final Link link;
    private volatile Caller caller;

    Connection(UUID connectionId, UUID deviceId, long admission, Caller caller, Link link) {
        this.connectionId = connectionId;
        this.deviceId = deviceId;
        this.admission = admission;
        this.caller = caller;
        this.link = link;
    }

    /** Names this connection, unique among all nodes and for ever. */
    public UUID connectionId() {
        return connectionId;
    }

    /** The connected device. */
    public UUID deviceId() {
        return deviceId;
    }

    /** Whose device it is. */
    public UUID userId() {
        return caller.userId();
    }

    /** When the token that keeps this connection open expires. */
    public Instant expiresAt() {
        return caller.expiresAt();
    }

    /** The account session of that token. */
    UUID sessionId() {
        return caller.sessionId();
    }

    /** Counts the connections of this device: a higher number is a newer one. */
    long admission() {
        return admission;
    }

    Link link() {
        return link;
    }

    void authenticated(Caller fresh) {
        caller = fresh;
    }
}
