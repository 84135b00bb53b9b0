package io.duet.rest;

/** What a caller may do. Everybody is a {@link #USER}. */
public enum Role {
    /** Talks. */
    USER,
    /** May also call what {@link Caller#requireAdmin} guards. */
    ADMIN
}
