/**
 * The devices of each user; {@link io.duet.device.Devices} is its façade.
 *
 * <p>Tables: {@code devices}; where there are several databases, {@code device_copies} and {@code shard_copies} for the copies of it in the others.
 * No caches.
 * At a registration it waits at the row locks of {@code conversations} for the appends that are under way.
 * Of {@code message_status}, which the room {@code message} keeps, it deletes what is pending for a removed device.
 */
package io.duet.device;
