/**
 * Topics {@code user:{id}}: which nodes listen to what concerns a user, and the carriage of notices to them. No tables.
 *
 * <p>Cache {@code topics}: user UUID → {@code Topic} (the names of nodes); replicated, because every notice looks up and only
 * a first or last connection of a user on a node changes it. Bounded by the users who are connected.
 */
package io.duet.routing;
