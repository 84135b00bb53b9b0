/**
 * Conversations: who takes part, the head sequence, each person's list with its exact unread counts, and read marks.
 *
 * <p>Tables: {@code conversations}; the read marks ({@code last_read_sequence}, {@code last_read_at},
 * {@code peer_messages_read}) of {@code read_receipts}. Cache: participants by conversation, in this node's memory; they
 * never change, so it is never stale.
 */
package io.duet.conversation;
