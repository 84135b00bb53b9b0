package io.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.protocol.FrameCodec.Decoded;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code docs/asyncapi.yaml} says what the codec does. */
class AsyncApiDocumentTest {

    private static final AsyncApiDocument DOCUMENT = new AsyncApiDocument();
    private static final UUID ID = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");
    private static final String CONVERSATION = "\"conversation_id\":\"" + ID + "\"";
    private static final Instant TIME = Instant.parse("2026-03-01T09:30:00.120999Z");

    private final FrameCodec codec = new FrameCodec(10_000, 16);

    static Stream<ServerFrame> serverFrames() {
        final long max = (1L << 53) - 1;
        return Stream.of(
                new ServerFrame.Connected(
                        ID, ID, ID, TIME, Duration.ofSeconds(30), Duration.ofMillis(1_500), 10_000, Duration.ZERO),
                new ServerFrame.CaughtUp(),
                new ServerFrame.NewMessage(ID, ID, ID, "😀".repeat(10_000), 1, TIME, Optional.empty()),
                new ServerFrame.NewMessage(ID, ID, ID, "\u0001\"\\", max, TIME, Optional.of("m".repeat(64))),
                new ServerFrame.Sent("!~", ID, ID, max, TIME, true),
                new ServerFrame.Delivered(ID, ID, 1, ID, TIME),
                new ServerFrame.Read(ID, ID, max, TIME),
                new ServerFrame.Presence(ID, true, Optional.empty()),
                new ServerFrame.Presence(ID, false, Optional.of(TIME)),
                new ServerFrame.Typing(ID, ID),
                new ServerFrame.Synced(ID, 0, false),
                new ServerFrame.Authenticated(TIME),
                new ServerFrame.Pong(TIME),
                ServerFrame.Error.of(ErrorCode.BAD_REQUEST, "no"),
                new ServerFrame.Error(
                        ErrorCode.UNAVAILABLE,
                        "later",
                        Optional.of(Duration.ofMillis(1)),
                        Optional.of("😀".repeat(64)),
                        Optional.of("m"),
                        Optional.of(ID)));
    }

    @ParameterizedTest
    @MethodSource("serverFrames")
    void everyEventIsAsDocumented(ServerFrame frame) {
        final String text = codec.encode(frame);
        final JsonNode json = JsonMapper.shared().readTree(text);
        final String name = "event " + json.get("event").asString();
        assertThat(DOCUMENT.allows(name, text)).as(text).isTrue();
        assertThat(DOCUMENT.properties(name)).containsAll(json.propertyNames());
    }

    @Test
    void everyEventIsTried() {
        assertThat(serverFrames().map(Object::getClass).distinct())
                .containsExactlyInAnyOrder(ServerFrame.class.getPermittedSubclasses());
    }

    static Stream<String> goodFrames() {
        return Stream.of(
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\"}",
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"token\":null,\"last_sequences\":null,\"x\":[]}",
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"token\":\"t\",\"last_sequences\":{\"" + ID
                        + "\":9007199254740991}}",
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"last_sequences\":{}}",
                "{\"action\":\"send_message\"," + CONVERSATION + ",\"client_message_id\":\"m\",\"content\":\""
                        + "😀".repeat(10_000) + "\"}",
                "{\"action\":\"ack\"," + CONVERSATION + ",\"sequence_number\":0}",
                "{\"action\":\"ack\"," + CONVERSATION + ",\"sequence_number\":7,\"message_id\":null}",
                "{\"action\":\"ack\",\"message_id\":\"" + ID + "\"}",
                "{\"action\":\"ack\",\"message_id\":\"" + ID + "\",\"sequence_number\":null," + CONVERSATION + "}",
                "{\"action\":\"read_receipt\"," + CONVERSATION + ",\"last_read_sequence\":0}",
                "{\"action\":\"sync\"," + CONVERSATION + ",\"after_sequence\":0}",
                "{\"action\":\"sync\"," + CONVERSATION + ",\"after_sequence\":4294967297,\"limit\":500}",
                "{\"action\":\"sync\"," + CONVERSATION + ",\"after_sequence\":0,\"limit\":null}",
                "{\"action\":\"typing\"," + CONVERSATION + "}",
                "{\"action\":\"authenticate\",\"token\":\"\"}",
                "{\"action\":\"ping\",\"content\":0}");
    }

    static Stream<String> badFrames() {
        final String send = "{\"action\":\"send_message\"," + CONVERSATION;
        return Stream.of(
                "{\"action\":\"connect\"}",
                "{\"action\":\"connect\",\"device_id\":\"X\"}",
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"token\":1}",
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"last_sequences\":[]}",
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"last_sequences\":{\"x\":1}}",
                "{\"action\":\"connect\",\"device_id\":\"" + ID + "\",\"last_sequences\":{\"" + ID + "\":-1}}",
                send + ",\"client_message_id\":\"m\"}",
                send + ",\"content\":\"c\"}",
                send + ",\"content\":null,\"client_message_id\":\"m\"}",
                send + ",\"content\":7,\"client_message_id\":\"m\"}",
                send + ",\"content\":\"\",\"client_message_id\":\"m\"}",
                send + ",\"content\":\"" + "x".repeat(10_001) + "\",\"client_message_id\":\"m\"}",
                send + ",\"content\":\"c\",\"client_message_id\":\"a b\"}",
                send + ",\"content\":\"c\",\"client_message_id\":\"\"}",
                send + ",\"content\":\"c\",\"client_message_id\":\"" + "m".repeat(65) + "\"}",
                "{\"action\":\"ack\"}",
                "{\"action\":\"ack\"," + CONVERSATION + "}",
                "{\"action\":\"ack\"," + CONVERSATION + ",\"sequence_number\":9007199254740992}",
                "{\"action\":\"ack\"," + CONVERSATION + ",\"sequence_number\":1,\"message_id\":\"" + ID + "\"}",
                "{\"action\":\"ack\",\"message_id\":7}",
                "{\"action\":\"read_receipt\"," + CONVERSATION + "}",
                "{\"action\":\"read_receipt\"," + CONVERSATION + ",\"last_read_sequence\":\"1\"}",
                "{\"action\":\"read_receipt\"," + CONVERSATION + ",\"last_read_sequence\":1.5}",
                "{\"action\":\"sync\"," + CONVERSATION + ",\"after_sequence\":18446744073709551617}",
                "{\"action\":\"sync\"," + CONVERSATION + ",\"after_sequence\":0,\"limit\":0}",
                "{\"action\":\"sync\"," + CONVERSATION + ",\"after_sequence\":0,\"limit\":501}",
                "{\"action\":\"typing\"}",
                "{\"action\":\"authenticate\"}",
                "{\"action\":\"authenticate\",\"token\":null}");
    }

    private static String action(String frame) {
        return "action " + JsonMapper.shared().readTree(frame).get("action").asString();
    }

    @ParameterizedTest
    @MethodSource("goodFrames")
    void whatTheCodecTakesIsDocumented(String frame) {
        assertThat(codec.decode(frame)).isInstanceOf(Decoded.Frame.class);
        assertThat(DOCUMENT.allows(action(frame), frame)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("badFrames")
    void whatTheCodecRefusesIsNot(String frame) {
        assertThat(codec.decode(frame)).isInstanceOf(Decoded.Rejected.class);
        assertThat(DOCUMENT.allows(action(frame), frame)).isFalse();
    }

    @Test
    void knowsEveryActionAndEventOnce() {
        final TreeSet<String> expected = new TreeSet<>();
        goodFrames().map(AsyncApiDocumentTest::action).forEach(expected::add);
        serverFrames()
                .map(frame -> JsonMapper.shared().readTree(codec.encode(frame)).get("event"))
                .forEach(event -> expected.add("event " + event.asString()));
        assertThat(DOCUMENT.names()).containsExactlyElementsOf(expected);
        assertThat(DOCUMENT.root().at("/channels/chat/messages").size()).isEqualTo(expected.size());
    }

    @Test
    void examplesAreWhatTheySayTheyAre() {
        assertThat(DOCUMENT.examples()).hasSizeGreaterThanOrEqualTo(20).allSatisfy(example -> {
            final String text = example.toString();
            if (!example.has("event")) {
                assertThat(codec.decode(text)).isInstanceOf(Decoded.Frame.class);
                assertThat(DOCUMENT.allows(action(text), text)).isTrue();
            } else {
                final String name = "event " + example.get("event").asString();
                assertThat(DOCUMENT.allows(name, text)).as(text).isTrue();
                assertThat(DOCUMENT.properties(name)).containsAll(example.propertyNames());
            }
        });
    }

    @Test
    void listsEveryCode() {
        final List<String> codes = DOCUMENT.root().at("/components/schemas/ErrorCode/enum").values().stream()
                .map(JsonNode::asString)
                .toList();
        assertThat(codes)
                .isEqualTo(Arrays.stream(ErrorCode.values())
                        .map(ErrorCode::wireName)
                        .toList());
        final String description = DOCUMENT.root().at("/info/description").asString();
        for (final CloseCode code : CloseCode.values()) {
            assertThat(description).containsPattern("\\| (\\d+ / )?" + code.code() + " ");
        }
    }

    @Test
    void namesTheLimitsThatHoldByDefault() {
        final DuetConfig.Limits limits = DuetConfig.defaults().limits();
        assertThat(DOCUMENT.root().at("/components/schemas/Content/maxLength").asInt())
                .isEqualTo(limits.contentCodePoints());
        assertThat(DOCUMENT.root()
                        .at("/components/schemas/Sync/properties/limit/maximum")
                        .asInt())
                .isEqualTo(ClientFrame.Sync.MAX_LIMIT);
        assertThat(DOCUMENT.root()
                        .at("/components/schemas/Sync/properties/limit/default")
                        .asInt())
                .isEqualTo(ClientFrame.Sync.DEFAULT_LIMIT);
        assertThat(DOCUMENT.root().at("/info/description").asString())
                .contains("nested more than " + limits.jsonDepth() + " deep")
                .contains("above " + limits.frameBytes() / 1024 + " KiB")
                .contains("At most " + limits.inFlight() + " unacknowledged")
                .contains(limits.outstandingSends() + " unanswered")
                .contains("more than " + limits.badFrames() + " bad frames");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/channels/chat", "/operations", "/components"})
    void everyReferenceLeadsSomewhere(String part) {
        assertThat(DOCUMENT.root().at(part).findValues("$ref"))
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(DOCUMENT.root()
                                .at(reference.asString().substring(1))
                                .isMissingNode())
                        .as(reference.asString())
                        .isFalse());
    }
}
