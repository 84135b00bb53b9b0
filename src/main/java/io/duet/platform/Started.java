package io.duet.platform;

/**
 * Fired once, synchronously, when the settings are valid and the database is migrated: the sign for rooms to start what
 * runs by itself (caches, writers, timers). Observers run by {@code @Priority}, lowest first; one that throws stops the
 * start.
 */
public record Started() {}
