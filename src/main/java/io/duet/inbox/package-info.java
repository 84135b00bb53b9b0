/**
 * The inbox of a device: what PostgreSQL has pending for it, and which connection holds the device. No table of its own
 * ({@code message_status} with status {@code sent} is the durable inbox and belongs to {@code message}).
 *
 * <p>Cache {@code inbox}: device UUID → {@code Holding}; distributed, 2 owners, objects. One for each device that is
 * connected. Its messages are not copied to memory: what is in flight is in the connection itself, and what had no room
 * there is read from PostgreSQL when there is room again.
 *
 * <p>Why nothing is lost: a connection first holds its device on all owners and then reads what is pending; who has committed a
 * message looks for the holder afterwards. So either the read has the message, or the holder is found and told.
 *
 * <p>Who holds a device: the newest of its connections, by a count that PostgreSQL keeps. So it is decided alike on both
 * sides of a split and after it.
 */
package io.duet.inbox;
