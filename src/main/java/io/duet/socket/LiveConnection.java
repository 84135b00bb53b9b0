package io.duet.socket;

import io.duet.config.DuetConfig;
import io.duet.delivery.ConnectOutcome;
import io.duet.delivery.Connection;
import io.duet.delivery.Link;
import io.duet.message.StoredMessage;
import io.duet.protocol.ClientFrame;
import io.duet.protocol.CloseCode;
import io.duet.protocol.ErrorCode;
import io.duet.protocol.FrameCodec.Decoded;
import io.duet.protocol.ServerFrame;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One client on the wire, from the upgrade to the close: puts its frames together, answers them, watches its heartbeat and
 * its token. The first frame must be {@code connect}; from then on {@link Conversing} answers.
 *
 * <p>Frames come by one thread at a time; everything else may be called by any thread and does not block. Reading blocks
 * while too many sends are outstanding: that is the back-pressure.
 */
final class LiveConnection implements Link {
    private final LiveConnections all;
    private final DuetConfig config;
    private final Optional<String> headerToken;
    private final OutboundQueue outbound;
    private final FrameAssembler assembler;
    private final long openedNanos;
    private volatile long heardNanos;
    private volatile Conversing conversing;
    private volatile boolean greeted;
    private volatile boolean gone;
    private volatile boolean closing;
    private boolean connecting;
    private int badFrames;

    LiveConnection(LiveConnections all, Transport transport, Optional<String> headerToken, long openedNanos) {
        this.all = all;
        this.config = all.config();
        this.headerToken = headerToken;
        this.outbound = new OutboundQueue(transport, all.codec(), config.outbound(), all.work());
        this.assembler = new FrameAssembler(config.limits().frameBytes());
        this.openedNanos = openedNanos;
        this.heardNanos = openedNanos;
    }

    void text(String part, boolean last) {
        heard();
        if (closing) {
            return;
        }
        final Optional<String> whole = assembler.add(part, last);
        if (assembler.tooBig()) {
            closeWhileReading(CloseCode.TOO_BIG);
        } else {
            whole.ifPresent(text -> answer(all.codec().decode(text)));
        }
    }

    void binary() {
        closeWhileReading(CloseCode.BINARY);
    }

    private void closeWhileReading(CloseCode code) {
        closing = true;
        outbound.closeWhileReading(code.code(), code.reason());
    }

    /** Any sign of life counts. */
    void heard() {
        heardNanos = System.nanoTime();
    }

    private void answer(Decoded decoded) {
        if (decoded instanceof Decoded.Frame good) {
            badFrames = 0;
            answer(good.frame());
        } else if (decoded instanceof Decoded.Rejected bad) {
            refuse(bad.error());
        }
    }

    private void answer(ClientFrame frame) {
        final Conversing current = conversing;
        if (current != null) {
            if (frame instanceof ClientFrame.Connect) {
                refuse(ServerFrame.Error.of(frame, ErrorCode.BAD_REQUEST, "this connection is connected already"));
            } else {
                current.answer(frame);
            }
        } else if (frame instanceof ClientFrame.Connect connect && !connecting) {
            connecting = true;
            all.delivery().connect(this, headerToken, connect).thenAccept(outcome -> connected(connect, outcome));
        } else {
            refuse(ServerFrame.Error.of(
                    frame, ErrorCode.BAD_REQUEST, "the first frame must be connect; await connected"));
        }
    }

    private void refuse(ServerFrame.Error error) {
        outbound.send(error);
        badFrames++;
        if (conversing == null || badFrames > config.limits().badFrames()) {
            close(CloseCode.BAD_FIRST_FRAME);
        }
    }

    private void connected(ClientFrame.Connect frame, ConnectOutcome outcome) {
        if (outcome instanceof ConnectOutcome.Connected connected) {
            begin(connected.connection(), connected.held());
        } else if (outcome instanceof ConnectOutcome.Unauthorized) {
            close(CloseCode.UNAUTHORIZED);
        } else if (outcome instanceof ConnectOutcome.UnknownDevice) {
            outbound.send(ServerFrame.Error.of(frame, ErrorCode.NOT_FOUND, "no such device of yours"));
            close(CloseCode.BAD_FIRST_FRAME);
        } else if (outcome instanceof ConnectOutcome.Unavailable) {
            outbound.send(ServerFrame.Error.of(frame, ErrorCode.UNAVAILABLE, "cannot serve now"));
            close(CloseCode.OVERLOADED);
        }
    }

    /** A client may speak as soon as it sees {@code connected}, and sees nothing before that. */
    private void begin(Connection connection, Map<UUID, Long> held) {
        final Conversing begun = new Conversing(all, connection, outbound);
        held.forEach(begun.stream()::has);
        conversing = begun;
        outbound.send(new ServerFrame.Connected(
                connection.userId(),
                connection.deviceId(),
                connection.connectionId(),
                all.clock().instant(),
                config.heartbeat().interval(),
                config.heartbeat().timeout(),
                config.limits().contentCodePoints(),
                config.heartbeat().reconnectDelay()));
        greeted = true;
        if (gone) {
            begun.end();
        } else {
            begun.start();
        }
    }

    @Override
    public void offer(List<StoredMessage> messages) {
        final Conversing current = conversing;
        if (current != null) {
            current.stream().offer(messages);
        }
    }

    @Override
    public void hint(ServerFrame hint) {
        if (greeted) {
            outbound.hint(hint);
        }
    }

    @Override
    public void close(CloseCode code) {
        closing = true;
        outbound.closeAfterSending(code.code(), code.reason());
    }

    void drain(long reconnectDelaySeconds) {
        closing = true;
        outbound.closeAfterSending(CloseCode.DRAINING.code(), "{\"reconnect_delay\":" + reconnectDelaySeconds + "}");
    }

    /** The session has ended, whoever closed it. */
    void gone() {
        gone = true;
        all.gone(this);
        final Conversing current = conversing;
        if (current != null) {
            current.end();
        }
    }

    /** Called every second. */
    void check(long nowNanos) {
        outbound.check(nowNanos);
        final Conversing current = conversing;
        if (current == null) {
            if (nowNanos - openedNanos > config.heartbeat().connectTimeout().toNanos() && !connecting) {
                close(CloseCode.BAD_FIRST_FRAME);
            }
        } else if (!current.expiresAt().isAfter(all.clock().instant())) {
            close(CloseCode.UNAUTHORIZED);
        }
        if (nowNanos - heardNanos > config.heartbeat().timeout().toNanos()) {
            outbound.closeNow(CloseCode.HEARTBEAT.code(), CloseCode.HEARTBEAT.reason());
        }
    }
}
