package io.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.protocol.ServerFrame.Authenticated;
import io.duet.protocol.ServerFrame.CaughtUp;
import io.duet.protocol.ServerFrame.Connected;
import io.duet.protocol.ServerFrame.Delivered;
import io.duet.protocol.ServerFrame.NewMessage;
import io.duet.protocol.ServerFrame.Pong;
import io.duet.protocol.ServerFrame.Presence;
import io.duet.protocol.ServerFrame.Read;
import io.duet.protocol.ServerFrame.Sent;
import io.duet.protocol.ServerFrame.Synced;
import io.duet.protocol.ServerFrame.Typing;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FrameEncodingTest {

    private static final UUID A = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");
    private static final UUID B = UUID.fromString("0190a7e2-2222-7abc-8def-0123456789ab");
    private static final UUID C = UUID.fromString("0190a7e2-3333-7abc-8def-0123456789ab");
    private static final Instant TIME = Instant.parse("2026-03-01T09:30:00.120999Z");

    private final FrameCodec codec = new FrameCodec(10_000, 16);

    private void assertEncoded(ServerFrame frame, String expected) {
        assertThat(codec.encode(frame)).isEqualTo(expected);
    }

    private static NewMessage message(String content) {
        return new NewMessage(A, B, C, content, 7, TIME, Optional.empty());
    }

    private static String messageJson(String content) {
        return "{\"event\":\"new_message\",\"message_id\":\"" + A + "\",\"conversation_id\":\"" + B
                + "\",\"sender_id\":\"" + C + "\",\"content\":\"" + content
                + "\",\"sequence_number\":7,\"timestamp\":\"2026-03-01T09:30:00.120Z\"}";
    }

    @Test
    void writesEveryEvent() {
        assertEncoded(
                new Connected(
                        A, B, C, TIME, Duration.ofSeconds(30), Duration.ofSeconds(60), 10_000, Duration.ofSeconds(5)),
                "{\"event\":\"connected\",\"user_id\":\"" + A + "\",\"device_id\":\"" + B + "\",\"session_id\":\"" + C
                        + "\",\"server_time\":\"2026-03-01T09:30:00.120Z\",\"heartbeat_interval\":30,"
                        + "\"heartbeat_timeout\":60,\"max_content_length\":10000,\"reconnect_delay\":5}");
        assertEncoded(new CaughtUp(), "{\"event\":\"caught_up\"}");
        assertEncoded(message("hi"), messageJson("hi"));
        assertEncoded(
                new NewMessage(A, B, C, "hi", 7, TIME, Optional.of("m-1")),
                messageJson("hi").replace("}", ",\"client_message_id\":\"m-1\"}"));
        assertEncoded(
                new Sent("m-1", A, B, 9_007_199_254_740_991L, TIME, true),
                "{\"event\":\"sent\",\"client_message_id\":\"m-1\",\"message_id\":\"" + A + "\",\"conversation_id\":\""
                        + B
                        + "\",\"sequence_number\":9007199254740991,\"timestamp\":\"2026-03-01T09:30:00.120Z\","
                        + "\"duplicate\":true}");
        assertEncoded(
                new Delivered(A, B, 7, C, TIME),
                "{\"event\":\"delivered\",\"message_id\":\"" + A + "\",\"conversation_id\":\"" + B
                        + "\",\"sequence_number\":7,\"device_id\":\"" + C
                        + "\",\"timestamp\":\"2026-03-01T09:30:00.120Z\"}");
        assertEncoded(
                new Read(A, B, 7, TIME),
                "{\"event\":\"read\",\"conversation_id\":\"" + A + "\",\"reader_id\":\"" + B
                        + "\",\"last_read_sequence\":7,\"timestamp\":\"2026-03-01T09:30:00.120Z\"}");
        assertEncoded(
                new Presence(A, true, Optional.empty()),
                "{\"event\":\"presence\",\"user_id\":\"" + A + "\",\"online\":true,\"last_seen_at\":null}");
        assertEncoded(
                new Presence(A, false, Optional.of(TIME)),
                "{\"event\":\"presence\",\"user_id\":\"" + A
                        + "\",\"online\":false,\"last_seen_at\":\"2026-03-01T09:30:00.120Z\"}");
        assertEncoded(
                new Typing(A, B), "{\"event\":\"typing\",\"conversation_id\":\"" + A + "\",\"user_id\":\"" + B + "\"}");
        assertEncoded(
                new Synced(A, 12, false),
                "{\"event\":\"synced\",\"conversation_id\":\"" + A + "\",\"up_to_sequence\":12,\"has_more\":false}");
        assertEncoded(
                new Authenticated(TIME), "{\"event\":\"authenticated\",\"expires_at\":\"2026-03-01T09:30:00.120Z\"}");
        assertEncoded(new Pong(TIME), "{\"event\":\"pong\",\"server_time\":\"2026-03-01T09:30:00.120Z\"}");
    }

    @Test
    void errorHoldsWhatIsKnown() {
        assertEncoded(
                ServerFrame.Error.of(ErrorCode.BAD_REQUEST, "no"),
                "{\"event\":\"error\",\"code\":\"bad_request\",\"message\":\"no\",\"retryable\":false}");
        assertEncoded(
                new ServerFrame.Error(
                        ErrorCode.UNAVAILABLE,
                        "later",
                        Optional.of(Duration.ofMillis(1_001)),
                        Optional.of("send_message"),
                        Optional.of("m"),
                        Optional.of(A)),
                "{\"event\":\"error\",\"code\":\"unavailable\",\"message\":\"later\",\"retryable\":true,\"retry_after\":2,"
                        + "\"action\":\"send_message\",\"client_message_id\":\"m\",\"conversation_id\":\"" + A + "\"}");
    }

    @Test
    void fractionsOfSecondsAreExact() {
        assertThat(codec.encode(new Connected(
                        A, B, C, TIME, Duration.ofMillis(250), Duration.ofMillis(1_500), 1, Duration.ofMillis(5))))
                .contains("\"heartbeat_interval\":0.250,\"heartbeat_timeout\":1.500,\"max_content_length\":1,"
                        + "\"reconnect_delay\":0.005}");
    }

    @Test
    void textStaysWhatItIs() {
        assertEncoded(message("é字😀 \u200f\u2028\u007f"), messageJson("é字😀 \u200f\u2028\u007f"));
        assertEncoded(message("\"\\/\r\n\t\b\f\u0001"), messageJson("\\\"\\\\/\\r\\n\\t\\b\\f\\u0001"));
    }

    @Test
    void longTextIsWhole() {
        for (final String text : new String[] {"x", "\"", "\u0001", "é", "😀"}) {
            assertEncoded(
                    message(text.repeat(10_000)),
                    messageJson(text.replace("\"", "\\\"")
                            .replace("\u0001", "\\u0001")
                            .repeat(10_000)));
        }
    }

    @Test
    void showsNoContentInLogs() {
        assertThat(message("secret").toString()).doesNotContain("secret");
    }
}
