package io.duet.push;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.duet.config.DuetConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The relay for other devices against a real HTTP server, and what the answers of push services mean. */
class JsonRelayTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final UUID CONVERSATION = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");
    private static final UUID SENDER = UUID.fromString("0190a7e2-4444-7abc-8def-0123456789ab");
    private static final Push MESSAGE = new Push(
            CONVERSATION,
            Optional.of(new Push.Arrival(SENDER, "alice", 42, 3, NOON, Optional.of("Hello \"you\""))),
            7,
            Duration.ofDays(1));

    private record Call(Headers headers, String body) {}

    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private volatile int status = 201;
    private volatile Optional<String> header = Optional.empty();
    private volatile int bodyBytes;
    private HttpServer server;
    private PushHttp http;
    private JsonRelay relay;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        http = new PushHttp(DuetConfig.defaults().push(), threads, Clock.fixed(NOON, ZoneOffset.UTC));
        var url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/relay");
        relay = new JsonRelay(http, url, Optional.of("a-secret-of-the-site"));
    }

    @AfterEach
    void close() throws Exception {
        server.stop(0);
        http.close();
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        calls.add(new Call(
                exchange.getRequestHeaders(),
                new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
        header.ifPresent(line -> exchange.getResponseHeaders().set(line.split(": ")[0], line.split(": ")[1]));
        exchange.sendResponseHeaders(status, bodyBytes == 0 ? -1 : 0);
        try (OutputStream body = exchange.getResponseBody()) {
            for (int sent = 0; sent < bodyBytes; sent += 1024) {
                body.write(new byte[1024]);
            }
        } catch (IOException e) {
            calls.add(new Call(new Headers(), "cut off"));
        } finally {
            exchange.close();
        }
    }

    private PushOutcome send(Push push) throws Exception {
        return relay.send(PushToken.parse("fcm:d:1"), push)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    @Test
    void postsTokenAndPushAsDocumented() throws Exception {
        assertThat(send(MESSAGE)).isEqualTo(new PushOutcome.Accepted());
        Call call = calls.take();
        assertThat(call.headers().getFirst("Authorization")).isEqualTo("Bearer a-secret-of-the-site");
        assertThat(call.headers().getFirst("Content-Type")).isEqualTo("application/json");
        assertThat(json(call.body())).isEqualTo(json("""
                {"kind": "fcm", "token": "d:1", "topic": "AZCn4hEReryN7wEjRWeJqw", "ttl": 86400, "urgency": "high",
                 "push": {"type": "message", "conversation_id": "%s", "unread": 7, "sender_id": "%s", "sender": "alice",
                          "sequence_number": 42, "unread_in_conversation": 3, "timestamp": "2026-03-01T12:00:00.000Z",
                          "preview": "Hello \\"you\\""}}""".formatted(CONVERSATION, SENDER)));
        send(new Push(CONVERSATION, Optional.empty(), 0, Duration.ofMinutes(1)));
        JsonNode read = json(calls.take().body());
        assertThat(read.get("urgency").asString()).isEqualTo("normal");
        assertThat(read.get("topic")).isEqualTo(json("\"AZCn4hEReryN7wEjRWeJqw\""));
        assertThat(read.get("push"))
                .isEqualTo(json(
                        "{\"type\": \"read\", \"conversation_id\": \"%s\", \"unread\": 0}".formatted(CONVERSATION)));
    }

    /** Numbers of one value are equal whether they are int or long. */
    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    @ParameterizedTest
    @CsvSource({
        "200, ACCEPTED",
        "201, ACCEPTED",
        "404, GONE",
        "410, GONE",
        "413, TOO_LARGE",
        "408, UNAVAILABLE",
        "429, UNAVAILABLE",
        "500, UNAVAILABLE",
        "503, UNAVAILABLE",
        "302, REFUSED",
        "307, REFUSED",
        "400, REFUSED",
        "403, REFUSED"
    })
    void heedsTheStatus(int answered, String expected) throws Exception {
        status = answered;
        header = Optional.of("Location: http://127.0.0.1:" + server.getAddress().getPort() + "/elsewhere");
        PushOutcome outcome = send(MESSAGE);
        assertThat(
                        switch (expected) {
                            case "ACCEPTED" -> PushOutcome.Accepted.class;
                            case "GONE" -> PushOutcome.TokenGone.class;
                            case "TOO_LARGE" -> PushOutcome.TooLarge.class;
                            case "UNAVAILABLE" -> PushOutcome.Unavailable.class;
                            default -> PushOutcome.Refused.class;
                        })
                .isEqualTo(outcome.getClass());
        assertThat(calls).as("no redirect is followed").hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            120 | PT2M
            0 | PT0S
            999999999 | PT1H
            Sun, 01 Mar 2026 12:00:30 GMT | PT30S
            Sun, 01 Mar 2026 11:00:00 GMT | PT0S
            """)
    void waitsAsTheServiceAsks(String value, Duration wait) throws Exception {
        status = 429;
        header = Optional.of("Retry-After: " + value);
        if (value.contains(":")) {
            assertThat(http.retryAfter(value)).contains(wait);
        } else {
            assertThat(send(MESSAGE)).isEqualTo(new PushOutcome.Unavailable(Optional.of(wait)));
        }
    }

    @Test
    void ignoresARetryAfterThatIsNone() {
        assertThat(http.retryAfter("soon")).isEmpty();
        assertThat(http.retryAfter("-1")).isEmpty();
        assertThat(http.retryAfter("99999999999999")).isEmpty();
    }

    @Test
    void doesNotReadAnEndlessAnswer() throws Exception {
        bodyBytes = 256 * 1024 * 1024;
        assertThat(send(MESSAGE)).isEqualTo(new PushOutcome.Accepted());
        calls.take();
        assertThat(calls.poll(15, TimeUnit.SECONDS).body()).isEqualTo("cut off");
    }

    @Test
    void nobodyThereIsUnavailable() throws Exception {
        server.stop(0);
        assertThat(send(MESSAGE)).isEqualTo(new PushOutcome.Unavailable(Optional.empty()));
    }

    @Test
    void leavesSubscriptionsToWebPush() {
        assertThat(relay.serves(PushToken.parse("{\"endpoint\":\"…\"}"))).isFalse();
        assertThat(relay.serves(PushToken.parse("any text"))).isTrue();
    }
}
