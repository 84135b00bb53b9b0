package io.duet.protocol;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.io.SegmentedStringWriter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.BufferRecycler;

/** {@link ServerFrame} to text: {@code event} first, then the fields in the contract's order. */
final class FrameEncoder {

    private final JsonFactory json;

    FrameEncoder(JsonFactory json) {
        this.json = json;
    }

    String encode(ServerFrame frame) {
        final BufferRecycler recycler = json._getBufferRecycler();
        try {
            final SegmentedStringWriter text = new SegmentedStringWriter(recycler);
            try (JsonGenerator out = json.createGenerator(ObjectWriteContext.empty(), text)) {
                out.writeStartObject();
                write(frame, out);
                out.writeEndObject();
            }
            return text.getAndClear();
        } finally {
            recycler.releaseToPool();
        }
    }

    private static void write(ServerFrame frame, JsonGenerator out) {
        if (frame instanceof ServerFrame.NewMessage message) {
            newMessage(message, out);
        } else if (frame instanceof ServerFrame.Sent sent) {
            sent(sent, out);
        } else if (frame instanceof ServerFrame.Delivered delivered) {
            delivered(delivered, out);
        } else if (frame instanceof ServerFrame.Read read) {
            read(read, out);
        } else if (frame instanceof ServerFrame.Presence presence) {
            presence(presence, out);
        } else if (frame instanceof ServerFrame.Typing typing) {
            event("typing", out);
            uuid("conversation_id", typing.conversationId(), out);
            uuid("user_id", typing.userId(), out);
        } else if (frame instanceof ServerFrame.Synced synced) {
            event("synced", out);
            uuid("conversation_id", synced.conversationId(), out);
            out.writeNumberProperty("up_to_sequence", synced.upToSequence());
            out.writeBooleanProperty("has_more", synced.hasMore());
        } else if (frame instanceof ServerFrame.Authenticated authenticated) {
            event("authenticated", out);
            time("expires_at", authenticated.expiresAt(), out);
        } else if (frame instanceof ServerFrame.Pong pong) {
            event("pong", out);
            time("server_time", pong.serverTime(), out);
        } else if (frame instanceof ServerFrame.Error error) {
            error(error, out);
        } else if (frame instanceof ServerFrame.Connected connected) {
            connected(connected, out);
        } else if (frame instanceof ServerFrame.CaughtUp) {
            event("caught_up", out);
        }
    }

    private static void connected(ServerFrame.Connected connected, JsonGenerator out) {
        event("connected", out);
        uuid("user_id", connected.userId(), out);
        uuid("device_id", connected.deviceId(), out);
        uuid("session_id", connected.sessionId(), out);
        time("server_time", connected.serverTime(), out);
        seconds("heartbeat_interval", connected.heartbeatInterval(), out);
        seconds("heartbeat_timeout", connected.heartbeatTimeout(), out);
        out.writeNumberProperty("max_content_length", connected.maxContentLength());
        seconds("reconnect_delay", connected.reconnectDelay(), out);
    }

    private static void newMessage(ServerFrame.NewMessage message, JsonGenerator out) {
        event("new_message", out);
        uuid("message_id", message.messageId(), out);
        uuid("conversation_id", message.conversationId(), out);
        uuid("sender_id", message.senderId(), out);
        out.writeStringProperty("content", message.content());
        out.writeNumberProperty("sequence_number", message.sequenceNumber());
        time("timestamp", message.timestamp(), out);
        message.clientMessageId().ifPresent(id -> out.writeStringProperty("client_message_id", id));
    }

    private static void sent(ServerFrame.Sent sent, JsonGenerator out) {
        event("sent", out);
        out.writeStringProperty("client_message_id", sent.clientMessageId());
        uuid("message_id", sent.messageId(), out);
        uuid("conversation_id", sent.conversationId(), out);
        out.writeNumberProperty("sequence_number", sent.sequenceNumber());
        time("timestamp", sent.timestamp(), out);
        out.writeBooleanProperty("duplicate", sent.duplicate());
    }

    private static void delivered(ServerFrame.Delivered delivered, JsonGenerator out) {
        event("delivered", out);
        uuid("message_id", delivered.messageId(), out);
        uuid("conversation_id", delivered.conversationId(), out);
        out.writeNumberProperty("sequence_number", delivered.sequenceNumber());
        uuid("device_id", delivered.deviceId(), out);
        time("timestamp", delivered.timestamp(), out);
    }

    private static void read(ServerFrame.Read read, JsonGenerator out) {
        event("read", out);
        uuid("conversation_id", read.conversationId(), out);
        uuid("reader_id", read.readerId(), out);
        out.writeNumberProperty("last_read_sequence", read.lastReadSequence());
        time("timestamp", read.timestamp(), out);
    }

    private static void presence(ServerFrame.Presence presence, JsonGenerator out) {
        event("presence", out);
        uuid("user_id", presence.userId(), out);
        out.writeBooleanProperty("online", presence.online());
        presence.lastSeenAt()
                .ifPresentOrElse(at -> time("last_seen_at", at, out), () -> out.writeNullProperty("last_seen_at"));
    }

    private static void error(ServerFrame.Error error, JsonGenerator out) {
        event("error", out);
        out.writeStringProperty("code", error.code().wireName());
        out.writeStringProperty("message", error.message());
        out.writeBooleanProperty("retryable", error.code().retryable());
        error.retryAfter().ifPresent(delay -> out.writeNumberProperty("retry_after", wholeSeconds(delay)));
        error.action().ifPresent(action -> out.writeStringProperty("action", action));
        error.clientMessageId().ifPresent(id -> out.writeStringProperty("client_message_id", id));
        error.conversationId().ifPresent(id -> uuid("conversation_id", id, out));
    }

    private static void event(String name, JsonGenerator out) {
        out.writeStringProperty("event", name);
    }

    private static void uuid(String name, UUID id, JsonGenerator out) {
        out.writeStringProperty(name, id.toString());
    }

    private static void time(String name, Instant instant, JsonGenerator out) {
        out.writeStringProperty(name, Timestamps.format(instant));
    }

    private static void seconds(String name, Duration duration, JsonGenerator out) {
        if (duration.getNano() == 0) {
            out.writeNumberProperty(name, duration.toSeconds());
        } else {
            out.writeNumberProperty(name, BigDecimal.valueOf(duration.toMillis(), 3));
        }
    }

    private static long wholeSeconds(Duration delay) {
        return delay.getNano() == 0 ? delay.toSeconds() : delay.toSeconds() + 1;
    }
}
