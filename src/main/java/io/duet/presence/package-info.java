/**
 * Who is online and when somebody was last seen. Writes {@code users.last_seen_at} by SQL of its own: the row belongs to
 * {@code account}, but that column is written and read only here.
 *
 * <p>Cache {@code presence}: user UUID → {@code Attendance} (connections, or the grace that runs); replicated, because
 * presence is asked more often than it changes. Bounded by the users who are online.
 */
package io.duet.presence;
