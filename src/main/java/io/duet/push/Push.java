package io.duet.push;

import io.duet.protocol.Timestamps;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is told to a device about one conversation. A later push about it takes the place of an earlier one, at the push
 * service ({@link #topic}) and on the device. Immutable.
 *
 * @param arrival what came; empty: the person has read everything elsewhere, so what is shown is to be taken away
 * @param unread messages that the person has not read, in all conversations
 * @param timeToLive how long it is worth being kept for a device that cannot be reached
 */
public record Push(UUID conversationId, Optional<Arrival> arrival, long unread, Duration timeToLive) {

    /**
     * The newest message that the device has not got.
     *
     * @param unread messages that the person has not read, in this conversation
     * @param preview the beginning of the content, where the site allows that
     */
    public record Arrival(
            UUID senderId,
            String sender,
            long sequenceNumber,
            long unread,
            Instant createdAt,
            Optional<String> preview) {
        Arrival from(String name) {
            return new Arrival(senderId, name, sequenceNumber, unread, createdAt, preview);
        }

        Arrival withoutPreview() {
            return new Arrival(senderId, sender, sequenceNumber, unread, createdAt, Optional.empty());
        }

        /** Without the preview, so that no log line can hold it. */
        @Override
        public String toString() {
            return "Arrival[" + sequenceNumber + "]";
        }
    }

    /** How soon a device should be woken (RFC 8030, section 5.3). */
    public enum Urgency {
        NORMAL,
        HIGH
    }

    /** The same for all pushes about a conversation: 22 characters of the URL-safe base64 alphabet (RFC 8030, section 5.4). */
    public String topic() {
        byte[] id = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(conversationId.getMostSignificantBits())
                .putLong(conversationId.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }

    public Urgency urgency() {
        return arrival.isPresent() ? Urgency.HIGH : Urgency.NORMAL;
    }

    /** As the device gets it; {@code docs/push.md} describes it. Below 2 KiB in UTF-8. */
    public String json() {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("type", arrival.isPresent() ? "message" : "read");
        json.put("conversation_id", conversationId.toString());
        json.put("unread", unread);
        arrival.ifPresent(message -> {
            json.put("sender_id", message.senderId().toString());
            json.put("sender", message.sender());
            json.put("sequence_number", message.sequenceNumber());
            json.put("unread_in_conversation", message.unread());
            json.put("timestamp", Timestamps.format(message.createdAt()));
            message.preview().ifPresent(preview -> json.put("preview", preview));
        });
        return json.toString();
    }

    Push withoutPreview() {
        return new Push(conversationId, arrival.map(Arrival::withoutPreview), unread, timeToLive);
    }

    boolean hasPreview() {
        return arrival.flatMap(Arrival::preview).isPresent();
    }
}
