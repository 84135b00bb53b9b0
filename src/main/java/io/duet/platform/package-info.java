/**
 * What the server lends to Duet: the database, threads, the clock and the meters; and the order of the start. Rooms ask
 * for {@code Database}, {@code Executor}, {@code ScheduledExecutorService}, {@code ThreadFactory}, {@code MeterRegistry}
 * and {@code Clock} in their constructors, and for a {@link io.duet.platform.Background} {@code Executor} for what nobody waits
 * for. Its only table is Flyway's {@code flyway_schema_history}; no caches.
 */
package io.duet.platform;
