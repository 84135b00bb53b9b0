/**
 * What the server lends to Duet: the database, threads, the clock and the meters; and the order of the start. Rooms ask
 * for {@code Database}, {@code Executor}, {@code ScheduledExecutorService}, {@code ThreadFactory}, {@code MeterRegistry}
 * and {@code Clock} in their constructors, and for a {@link io.duet.platform.Background} {@code Executor} for what nobody waits
 * for. Where conversations are divided among several databases it knows in which one each is ({@link io.duet.platform.Shards}). Its tables are
 * Flyway's {@code flyway_schema_history}, {@code shard_buckets} and {@code shard_identity}; it copies ids of {@code users}. No caches.
 */
package io.duet.platform;
