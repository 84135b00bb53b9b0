package io.duet.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.duet.config.TestConfig;
import io.duet.message.StoredMessage;
import io.duet.protocol.CloseCode;
import io.duet.protocol.ServerFrame;
import io.duet.rest.Caller;
import io.duet.tracing.Tracing;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NoticeReceiverTest {
    private static final UUID CONVERSATION = new UUID(2, 2);
    private static final UUID CONNECTION = new UUID(4, 4);

    private final Set<String> spans = ConcurrentHashMap.newKeySet();
    private HttpServer collector;
    private Tracing tracing;

    @BeforeEach
    void trace() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", this::take);
        collector.start();
        tracing = new Tracing(TestConfig.of(Map.of(
                "duet.tracing.endpoint",
                "http://127.0.0.1:" + collector.getAddress().getPort())));
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            ExportTraceServiceRequest.parseFrom(exchange.getRequestBody())
                    .getResourceSpansList()
                    .forEach(resource -> resource.getScopeSpansList()
                            .forEach(scope -> scope.getSpansList().forEach(span -> spans.add(span.getName()))));
            exchange.sendResponseHeaders(200, -1);
        }
    }

    @AfterEach
    void stop() {
        tracing.stop();
        collector.stop(0);
    }

    /** A device may acknowledge before the thread that handed it the message has done anything else. */
    @Test
    void the_quickest_acknowledgement_belongs_to_the_trace() {
        final Connections connections = new Connections();
        connections.add(new Connection(
                CONNECTION, new UUID(5, 5), 1, new Caller(new UUID(6, 6), new UUID(7, 7), Instant.MAX), new Quick()));
        new NoticeReceiver(connections, tracing)
                .receive(List.of(new Notice.Message(
                        new UUID(1, 1),
                        CONVERSATION,
                        new UUID(3, 3),
                        "id-1",
                        "text",
                        7,
                        Instant.EPOCH,
                        List.of(CONNECTION),
                        "00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01")));
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(spans).containsExactlyInAnyOrder("deliver", "ack"));
    }

    /** Its client acknowledges what it is offered while it is being offered. */
    private final class Quick implements Link {
        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void offer(List<StoredMessage> messages) {
            messages.forEach(message -> tracing.acknowledged(CONNECTION, CONVERSATION, message.sequenceNumber()));
        }

        @Override
        public void hint(ServerFrame hint) {}

        @Override
        public void close(CloseCode code) {}
    }
}
