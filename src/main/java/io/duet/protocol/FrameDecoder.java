package io.duet.protocol;

import io.duet.protocol.ClientFrame.AckMessage;
import io.duet.protocol.ClientFrame.AckUpTo;
import io.duet.protocol.ClientFrame.Authenticate;
import io.duet.protocol.ClientFrame.Connect;
import io.duet.protocol.ClientFrame.Ping;
import io.duet.protocol.ClientFrame.ReadReceipt;
import io.duet.protocol.ClientFrame.SendMessage;
import io.duet.protocol.ClientFrame.Sync;
import io.duet.protocol.ClientFrame.Typing;
import io.duet.protocol.FrameCodec.Decoded;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Text to {@link ClientFrame}; {@link FrameCodec#decode} says the rules and their order. */
final class FrameDecoder {

    private static final int MAX_ECHOED_ACTION = 64;

    private final JsonFactory json;
    private final int maxContentCodePoints;
    private final String malformed;

    FrameDecoder(JsonFactory json, int maxContentCodePoints) {
        this.json = json;
        this.maxContentCodePoints = maxContentCodePoints;
        this.malformed = "a frame is one well-formed JSON object, no key twice, nested at most "
                + json.streamReadConstraints().getMaxNestingDepth() + " deep";
    }

    Decoded decode(String text) {
        final RawFrame raw;
        try (JsonParser parser = json.createParser(ObjectReadContext.empty(), text)) {
            raw = RawFrame.read(parser);
        } catch (JacksonException notJson) {
            return rejected(ErrorCode.BAD_REQUEST, malformed);
        } catch (Refusal refusal) {
            return rejected(refusal.code(), refusal.getMessage());
        }
        try {
            return new Decoded.Frame(frame(raw));
        } catch (Refusal refusal) {
            return rejected(raw, refusal);
        }
    }

    private ClientFrame frame(RawFrame raw) {
        final String action = raw.text("action");
        return switch (action) {
            case "connect" ->
                new Connect(
                        raw.uuid("device_id"),
                        raw.optionalText("token").map(FrameDecoder::token),
                        raw.sequences("last_sequences"));
            case "send_message" -> sendMessage(raw);
            case "ack" -> ack(raw);
            case "read_receipt" -> new ReadReceipt(raw.uuid("conversation_id"), raw.sequence("last_read_sequence"));
            case "sync" -> new Sync(raw.uuid("conversation_id"), raw.sequence("after_sequence"), limit(raw));
            case "typing" -> new Typing(raw.uuid("conversation_id"));
            case "authenticate" -> new Authenticate(token(raw.text("token")));
            case "ping" -> new Ping();
            default -> throw new Refusal(ErrorCode.UNKNOWN_ACTION, "this server does not know the action");
        };
    }

    private SendMessage sendMessage(RawFrame raw) {
        final UUID conversationId = raw.uuid("conversation_id");
        final String content = raw.text("content");
        final String clientMessageId = raw.text("client_message_id");
        final Optional<ErrorCode> broken = Content.broken(content, maxContentCodePoints);
        if (broken.isPresent()) {
            throw new Refusal(broken.get(), explain(broken.get()));
        }
        if (!Content.isClientMessageId(clientMessageId)) {
            throw new Refusal(
                    ErrorCode.CLIENT_MESSAGE_ID_INVALID, "client_message_id must be 1 to 64 visible ASCII characters");
        }
        return new SendMessage(conversationId, content, clientMessageId);
    }

    private String explain(ErrorCode broken) {
        return switch (broken) {
            case CONTENT_EMPTY -> "content shows nothing";
            case CONTENT_TOO_LONG -> "content has more than " + maxContentCodePoints + " code points";
            default -> "content holds U+0000 or an unpaired surrogate";
        };
    }

    private static ClientFrame ack(RawFrame raw) {
        if (!raw.has("message_id")) {
            return new AckUpTo(raw.uuid("conversation_id"), raw.sequence("sequence_number"));
        }
        if (raw.has("sequence_number")) {
            throw Refusal.badRequest("ack takes either message_id or sequence_number");
        }
        return new AckMessage(raw.uuid("message_id"));
    }

    private static int limit(RawFrame raw) {
        return raw.has("limit") ? (int) raw.integer("limit", 1, Sync.MAX_LIMIT) : Sync.DEFAULT_LIMIT;
    }

    private static String token(String token) {
        if (!UnicodeText.isStorable(token)) {
            throw Refusal.badRequest("token holds U+0000 or an unpaired surrogate");
        }
        return token;
    }

    private static Decoded rejected(ErrorCode code, String message) {
        return new Decoded.Rejected(ServerFrame.Error.of(code, message));
    }

    private static Decoded rejected(RawFrame raw, Refusal refusal) {
        return new Decoded.Rejected(new ServerFrame.Error(
                refusal.code(),
                refusal.getMessage(),
                Optional.empty(),
                raw.knownText("action").filter(UnicodeText::isWellFormed).map(FrameDecoder::shortened),
                raw.knownText("client_message_id").filter(Content::isClientMessageId),
                raw.knownUuid("conversation_id")));
    }

    private static String shortened(String action) {
        return action.codePointCount(0, action.length()) <= MAX_ECHOED_ACTION
                ? action
                : action.substring(0, action.offsetByCodePoints(0, MAX_ECHOED_ACTION));
    }
}
