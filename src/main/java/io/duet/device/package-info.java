/**
 * The devices of each user; {@link io.duet.device.Devices} is its façade.
 *
 * <p>Table: {@code devices}. Cache: the devices of a user (at most 100,000 users, 10 s each, dropped on change).
 * Of {@code message_status}, which the room {@code message} keeps, it deletes what is pending for a removed device.
 */
package io.duet.device;
