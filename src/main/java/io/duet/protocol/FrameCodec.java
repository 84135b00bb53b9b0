package io.duet.protocol;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * The frames of the WebSocket as text, both ways. Immutable; any number of threads may use one codec.
 *
 * <p>JSON is RFC 8259, strictly: no comments, no trailing commas, no byte order mark. Nothing is ever coerced from one JSON
 * type to another. The caller bounds the length of a text before it comes here (a frame has at most 128 KiB); the cost is
 * then linear in it, whatever it says.
 */
public final class FrameCodec {

    private final FrameDecoder decoder;
    private final FrameEncoder encoder;

    /**
     * @param maxContentCodePoints longest {@code content}, in Unicode code points
     * @param maxJsonDepth deepest nesting; the frame itself is level 1
     */
    public FrameCodec(int maxContentCodePoints, int maxJsonDepth) {
        final JsonFactory json = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                // A table of every key that any client ever sent would serve nobody
                .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxJsonDepth)
                        .maxNameLength(Integer.MAX_VALUE)
                        .maxNumberLength(Integer.MAX_VALUE)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();
        this.decoder = new FrameDecoder(json, maxContentCodePoints);
        this.encoder = new FrameEncoder(json);
    }

    /**
     * Judges what a client sent. The first rule that is broken, in this order, gives the answer, so the order of the fields
     * in the text plays no part:
     *
     * <ol>
     *   <li>The text is exactly one JSON object, nested no deeper than allowed, no key twice in any object of it, be it in a
     *       field that nobody knows: else {@code bad_request}, with nothing echoed, since nothing in it can be trusted.
     *   <li>{@code action} is a string: else {@code bad_request}.
     *   <li>The action is known: else {@code unknown_action}.
     *   <li>Each field of the action, in the contract's order, is there and has its type and range: else {@code bad_request}.
     *       An integer has digits only (neither {@code 1.0} nor {@code 1e3} nor {@code -0}) and is at most 2^53−1; an
     *       identifier is a UUID in lower case. A field that is {@code null} is missing, which an optional one may be. {@code
     *       ack} with both {@code message_id} and {@code sequence_number} is refused.
     *   <li>{@code content}: {@code content_invalid}, {@code content_empty}, {@code content_too_long}, in this order.
     *   <li>{@code client_message_id}: {@code client_message_id_invalid}.
     * </ol>
     *
     * <p>Fields that the action does not have are ignored, whatever they hold. A refusal from rule 2 on echoes {@code action}
     * (its first 64 code points), {@code client_message_id} and {@code conversation_id}, each if it is valid itself. Its
     * message is fixed text: nothing that the client sent is in it.
     *
     * @param text one whole text message
     */
    public Decoded decode(String text) {
        return decoder.decode(text);
    }

    /** The frame as JSON: {@code event} first, then the contract's fields in the contract's order, no white space. */
    public String encode(ServerFrame frame) {
        return encoder.encode(frame);
    }

    /** What {@link #decode} makes of a text. */
    public sealed interface Decoded {

        /** A valid frame. */
        record Frame(ClientFrame frame) implements Decoded {}

        /** Not a valid frame; {@code error} is the answer that the client gets. */
        record Rejected(ServerFrame.Error error) implements Decoded {}
    }
}
