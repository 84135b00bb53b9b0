/**
 * The message log: messages are numbered and stored here, acknowledged here, and read from here.
 *
 * <p>Tables: {@code messages}; {@code message_status}, whose rows with status {@code sent} are the durable inbox of each
 * device; the marks {@code delivered_sequence} and {@code delivered_ahead} of {@code read_receipts}; and, inside
 * {@code append_messages} only, the head of {@code conversations}. No caches.
 */
package io.duet.message;
