/**
 * The per-device inbox: a bounded window in memory over what PostgreSQL has pending, and which connection holds the
 * device. No table of its own ({@code message_status} with status {@code sent} is the durable inbox and belongs to
 * {@code message}).
 *
 * <p>Cache {@code inbox}: device UUID → {@code Window}; distributed, 2 owners, objects. One for each device that is
 * connected; one window is bounded by {@code duet.inbox.window-entries} and {@code window-bytes}.
 *
 * <p>When a window may be trusted: it becomes complete only by a read of everything from PostgreSQL during which nothing
 * happened to it (its version tells), it stops being complete when it overflows or another connection takes the device, and
 * it counts as incomplete in any later view of the cluster. A message committed while the window was being filled is either
 * in that read or changes the version.
 *
 * <p>Who holds a device: the newest of its connections, by a count that PostgreSQL keeps. So it is decided alike on both
 * sides of a split and after it.
 */
package io.duet.inbox;
