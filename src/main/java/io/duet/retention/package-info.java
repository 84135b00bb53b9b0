/**
 * How long messages are kept: for ever, unless the operator sets an age. Then one node at a time removes the oldest messages of each
 * conversation in small batches, but nothing that is under a legal hold.
 *
 * <p>Tables: {@code retention_turn}, {@code legal_holds}, {@code removed_messages}; and, by the function {@code
 * remove_messages} only, {@code messages}, {@code message_status}, {@code read_receipts} and {@code conversations.removed_to}.
 * No caches.
 */
package io.duet.retention;
