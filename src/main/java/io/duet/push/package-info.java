/**
 * Pushes to devices that are away: a device with a push token that leaves a message unacknowledged for
 * {@code duet.push.delay} is told of it by a push service. {@link io.duet.push.Pushes} is the façade: read it first, then
 * {@code docs/push.md}. A site adds carriers of its own by {@link io.duet.push.PushRelay}.
 *
 * <p>Tables: {@code pushes}, what is to be told and was told to which device; {@code push_keys}. Reads, by SQL of its own,
 * {@code devices}, {@code conversations}, {@code read_receipts}, {@code message_status}, {@code messages} and {@code users}.
 * No caches.
 */
package io.duet.push;
