/**
 * The use cases, one method each: connect, send, deliver, acknowledge, read, catch up. Read this room first; {@link
 * io.duet.delivery.Delivery} is its façade.
 *
 * <p>It owns no table and no cache. It puts the rooms beneath it in the right order: a message is committed by {@code
 * message}, entered into the inboxes by {@code inbox}, and only then confirmed to its sender and carried by {@code routing}
 * to the nodes that hold a target device. What travels between nodes are the notices of this room, each at most once; what
 * a lost notice leaves behind is found by the reconciliation.
 */
package io.duet.delivery;
