package io.duet.socket;

import io.duet.delivery.ConnectOutcome;
import io.duet.protocol.CloseCode;
import io.duet.protocol.ErrorCode;
import io.duet.protocol.ServerFrame;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;

/** What the connections of this node report, all together. */
final class ConnectionMetrics {
    private static final String SEND = "send_message";
    private static final int NORMAL_CLOSURE = 1000;

    private final MeterRegistry meters;
    private final Counter opened;
    private final Map<Integer, Counter> closed = new HashMap<>();
    private final Counter closedOtherwise;
    private final Map<ErrorCode, Counter> refusedSends = new EnumMap<>(ErrorCode.class);
    private final Map<ErrorCode, Counter> refusedOthers = new EnumMap<>(ErrorCode.class);
    private final Counter connected;
    private final Counter unauthorized;
    private final Counter unknownDevice;
    private final Counter unavailable;

    ConnectionMetrics(MeterRegistry meters, Collection<LiveConnection> live) {
        this.meters = meters;
        opened = Counter.builder("duet.connections.opened")
                .description("Connections that came")
                .register(meters);
        closed.put(0, closed("none"));
        closed.put(NORMAL_CLOSURE, closed(Integer.toString(NORMAL_CLOSURE)));
        for (CloseCode code : CloseCode.values()) {
            closed.put(code.code(), closed(Integer.toString(code.code())));
        }
        closedOtherwise = closed("other");
        for (ErrorCode code : ErrorCode.values()) {
            refusedSends.put(code, refused(SEND, code));
            refusedOthers.put(code, refused("other", code));
        }
        connected = admissions("connected");
        unauthorized = admissions("unauthorized");
        unknownDevice = admissions("unknown_device");
        unavailable = admissions("unavailable");
        for (LiveConnection.State state : LiveConnection.State.values()) {
            observe(state, live);
        }
        observeOutbound("duet.outbound.queue.frames", live, LiveConnection::waitingFrames);
        observeOutbound("duet.outbound.queue.bytes", live, LiveConnection::waitingBytes);
    }

    private Counter closed(String code) {
        return Counter.builder("duet.connections.closed")
                .description("Connections that ended, by the code of the close frame")
                .tag("code", code)
                .register(meters);
    }

    private Counter refused(String action, ErrorCode code) {
        return Counter.builder("duet.frames.refused")
                .description("Frames of clients that were answered by an error")
                .tag("action", action)
                .tag("code", code.wireName())
                .register(meters);
    }

    private Counter admissions(String outcome) {
        return Counter.builder("duet.admissions")
                .description("Devices that wanted to connect, by what came of it")
                .tag("outcome", outcome)
                .register(meters);
    }

    private void observe(LiveConnection.State state, Collection<LiveConnection> live) {
        Gauge.builder(
                        "duet.connections",
                        live,
                        all -> all.stream()
                                .filter(connection -> connection.state() == state)
                                .count())
                .description("Connections of this node")
                .tag("state", state.name().toLowerCase(Locale.ROOT))
                .strongReference(true)
                .register(meters);
    }

    private void observeOutbound(String name, Collection<LiveConnection> live, ToIntFunction<LiveConnection> waiting) {
        Gauge.builder(
                        name,
                        live,
                        all -> all.stream().mapToLong(waiting::applyAsInt).sum())
                .description("What waits to go out on all connections together")
                .strongReference(true)
                .register(meters);
    }

    void opened() {
        opened.increment();
    }

    /** @param code 0 when the connection ended without a close frame */
    void closed(int code) {
        closed.getOrDefault(code, closedOtherwise).increment();
    }

    void refused(ServerFrame.Error error) {
        final boolean send = error.action().filter(SEND::equals).isPresent();
        (send ? refusedSends : refusedOthers).get(error.code()).increment();
    }

    void admitted(ConnectOutcome outcome) {
        if (outcome instanceof ConnectOutcome.Connected) {
            connected.increment();
        } else if (outcome instanceof ConnectOutcome.Unauthorized) {
            unauthorized.increment();
        } else if (outcome instanceof ConnectOutcome.UnknownDevice) {
            unknownDevice.increment();
        } else if (outcome instanceof ConnectOutcome.Unavailable) {
            unavailable.increment();
        }
    }
}
