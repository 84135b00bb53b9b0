/**
 * The WebSocket {@code /chat}, from its bytes (RFC 6455) up: one {@link io.duet.socket.LiveConnection} a client, with its
 * outbound queue, order gate, in-flight window and heartbeat; and the drain of them all.
 *
 * <p>From the outside in: {@link io.duet.socket.ChatServlet} upgrades, a {@link io.duet.socket.Wire} moves bytes, {@link
 * io.duet.socket.FrameReader} and {@link io.duet.socket.FrameWriter} know frames, {@link io.duet.socket.Inbound} and {@link
 * io.duet.socket.OutboundQueue} bring them in and out, {@link io.duet.socket.LiveConnection} admits and closes, {@link
 * io.duet.socket.AdmissionQueue} says whose turn it is when many come at once, {@link
 * io.duet.socket.Conversing} answers, {@link io.duet.socket.MessageStream} delivers.
 *
 * <p>It owns no table and no cache. What is held for one connection, and its bound: text waiting to be sent ({@code
 * duet.outbound.*}; beyond it the client reads too slowly and is closed with 1013), messages in flight ({@code
 * duet.limits.in-flight}), two pages of messages waiting for a place among them, the part of a message that has come ({@code
 * duet.limits.frame-bytes}), outstanding sends ({@code duet.limits.outstanding-sends}; beyond them the client is not read),
 * and one number for each conversation that it has seen a message of. Of all connections together: those that wait to be let
 * in ({@code duet.admission.queue}; beyond it, and after {@code duet.admission.deadline}, 1013).
 */
package io.duet.socket;
