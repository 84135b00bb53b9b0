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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One client on the wire, from the upgrade to the end: answers its frames, watches its heartbeat and its token, and closes.
 * The first frame must be {@code connect}; from then on {@link Conversing} answers.
 *
 * <p>The close handshake (RFC 6455, section 7.1): the close frame goes out behind what is being written; the client's own is
 * awaited for 2 s, what it sends meanwhile is thrown away; then the TCP connection is cut. A client that takes no bytes for
 * {@code duet.outbound.send-timeout} is cut without a close frame, which it could not get.
 *
 * <p>Frames come by one thread at a time; everything else may be called by any thread. Nothing blocks.
 */
final class LiveConnection implements Link {
    private static final Duration PEER_CLOSE_DEADLINE = Duration.ofSeconds(2);

    /** For those who count connections. */
    enum State {
        /** Has not been answered {@code connected} yet. */
        CONNECTING,
        CONNECTED,
        /** Its close frame is on its way, or waits behind other frames. */
        CLOSING
    }

    private final LiveConnections all;
    private final DuetConfig config;
    private final Wire wire;
    private final Optional<String> headerToken;
    private final Inbound inbound;
    private final OutboundQueue outbound;
    private final AtomicBoolean gone = new AtomicBoolean();
    private final long openedNanos;
    private volatile Conversing conversing;
    private volatile boolean greeted;
    private volatile boolean closing;
    private volatile int closeCode;
    private boolean peerClosed;
    private boolean closeWritten;
    private long closeWrittenNanos;
    private volatile boolean connecting;
    private volatile AdmissionQueue.Place place;
    private int badFrames;

    LiveConnection(LiveConnections all, Wire wire, Optional<String> headerToken, long openedNanos) {
        this.all = all;
        this.config = all.config();
        this.wire = wire;
        this.headerToken = headerToken;
        this.outbound = new OutboundQueue(wire, all.codec(), config.outbound(), this::closeWritten, this::cut);
        this.inbound = new Inbound(
                wire, new FrameReader(config.limits().frameBytes()), this::received, this::full, this::cut, all.work());
        this.openedNanos = openedNanos;
    }

    /** Begins to read. */
    void start() {
        inbound.readOn();
    }

    State state() {
        if (closing) {
            return State.CLOSING;
        }
        return greeted ? State.CONNECTED : State.CONNECTING;
    }

    int waitingFrames() {
        return outbound.waitingFrames();
    }

    int waitingBytes() {
        return outbound.waitingBytes();
    }

    private boolean full() {
        final Conversing current = conversing;
        return current != null && !closing && current.full();
    }

    private void received(Incoming incoming) {
        if (incoming instanceof Incoming.Close close) {
            peerClosed(close.code());
        } else if (closing) {
            return;
        } else if (incoming instanceof Incoming.Text text) {
            answer(all.codec().decode(text.text()));
        } else if (incoming instanceof Incoming.Ping ping) {
            outbound.pong(ping.payload());
        } else if (incoming instanceof Incoming.Broken broken) {
            closeNow(broken.code().code(), broken.reason());
        }
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
            awaitTurn(connect);
        } else {
            refuse(ServerFrame.Error.of(
                    frame, ErrorCode.BAD_REQUEST, "the first frame must be connect; await connected"));
        }
    }

    private void refuse(ServerFrame.Error error) {
        all.metrics().refused(error);
        outbound.send(error);
        badFrames++;
        if (conversing == null || badFrames > config.limits().badFrames()) {
            close(CloseCode.BAD_FIRST_FRAME);
        }
    }

    private void awaitTurn(ClientFrame.Connect frame) {
        final Optional<AdmissionQueue.Place> entered = all.admissions().enter(turn -> admit(turn, frame));
        if (entered.isEmpty()) {
            overloaded(frame);
            return;
        }
        place = entered.get();
        if (gone.get()) {
            place.leave();
        }
    }

    private void admit(AdmissionQueue.Place turn, ClientFrame.Connect frame) {
        if (!isOpen()) {
            turn.leave();
            return;
        }
        all.delivery().connect(this, headerToken, frame).whenComplete((outcome, failure) -> {
            if (outcome != null) {
                all.metrics().admitted(outcome);
            }
            if (outcome instanceof ConnectOutcome.Connected connected) {
                begin(connected.connection(), connected.held(), turn);
            } else {
                turn.leave();
                refuse(frame, failure == null ? outcome : new ConnectOutcome.Unavailable());
            }
        });
    }

    private void refuse(ClientFrame.Connect frame, ConnectOutcome outcome) {
        if (outcome instanceof ConnectOutcome.Unauthorized) {
            close(CloseCode.UNAUTHORIZED);
        } else if (outcome instanceof ConnectOutcome.UnknownDevice) {
            outbound.send(ServerFrame.Error.of(frame, ErrorCode.NOT_FOUND, "no such device of yours"));
            close(CloseCode.BAD_FIRST_FRAME);
        } else {
            overloaded(frame);
        }
    }

    private void overloaded(ClientFrame.Connect frame) {
        outbound.send(ServerFrame.Error.of(frame, ErrorCode.UNAVAILABLE, "cannot serve now"));
        close(CloseCode.OVERLOADED);
    }

    /** A client may speak as soon as it sees {@code connected}, and sees nothing before that. */
    private void begin(Connection connection, Map<UUID, Long> held, AdmissionQueue.Place turn) {
        final Conversing begun = new Conversing(all, connection, outbound, inbound::resume, turn::leave);
        begun.holds(held);
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
        inbound.hear();
        if (gone.get()) {
            begun.end();
        } else {
            begun.start();
        }
    }

    @Override
    public boolean isOpen() {
        return !closing && !gone.get();
    }

    @Override
    public void offer(List<StoredMessage> messages) {
        final Conversing current = conversing;
        if (current != null) {
            current.offer(messages);
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
        closeAfterSending(code.code(), code.reason());
    }

    void drain(long reconnectDelaySeconds) {
        closeAfterSending(CloseCode.DRAINING.code(), "{\"reconnect_delay\":" + reconnectDelaySeconds + "}");
    }

    private void closeAfterSending(int code, String reason) {
        closing(code);
        outbound.closeAfterSending(code, reason);
        inbound.resume();
    }

    private void closing(int code) {
        if (!closing) {
            closeCode = code;
        }
        closing = true;
    }

    private void closeNow(int code, String reason) {
        closing(code);
        outbound.closeNow(code, reason);
        inbound.resume();
    }

    private void peerClosed(int code) {
        final boolean both;
        synchronized (this) {
            peerClosed = true;
            both = closeWritten;
        }
        if (both) {
            cut();
        } else {
            closeNow(code, "");
        }
    }

    private void closeWritten() {
        final boolean both;
        synchronized (this) {
            closeWritten = true;
            closeWrittenNanos = System.nanoTime();
            both = peerClosed;
        }
        if (both) {
            cut();
        }
    }

    private synchronized boolean peerCloseOverdue(long nowNanos) {
        return closeWritten && nowNanos - closeWrittenNanos >= PEER_CLOSE_DEADLINE.toNanos();
    }

    /** Ends the connection here and now, whoever wants it. */
    private void cut() {
        if (gone.compareAndSet(false, true)) {
            wire.cut();
            all.gone(this);
            all.metrics().closed(closeCode);
            final AdmissionQueue.Place taken = place;
            if (taken != null) {
                taken.leave();
            }
            final Conversing current = conversing;
            if (current != null) {
                current.end();
            }
        }
    }

    /** Called every second. */
    void check(long nowNanos, Instant now) {
        outbound.check(nowNanos);
        if (closing) {
            if (peerCloseOverdue(nowNanos)) {
                cut();
            }
            return;
        }
        final Conversing current = conversing;
        if (current == null) {
            checkConnect(nowNanos);
        } else if (!current.expiresAt().isAfter(now)) {
            close(CloseCode.UNAUTHORIZED);
        }
        if (nowNanos - inbound.heardNanos(nowNanos)
                > config.heartbeat().timeout().toNanos()) {
            silent();
        }
    }

    /** Who waits for {@code connected} need not say anything meanwhile. */
    private void silent() {
        final CloseCode code = connecting && !greeted ? CloseCode.OVERLOADED : CloseCode.HEARTBEAT;
        closeNow(code.code(), code.reason());
    }

    /** A client that is not in yet: has it asked in time, and has its turn come? */
    private void checkConnect(long nowNanos) {
        final AdmissionQueue.Place taken = place;
        if (taken != null) {
            if (taken.waitsFor(config.admission().deadline(), nowNanos)) {
                closeAfterSending(CloseCode.OVERLOADED.code(), CloseCode.OVERLOADED.reason());
            }
        } else if (nowNanos - openedNanos > config.heartbeat().connectTimeout().toNanos() && !connecting) {
            // Behind what the server has received already and not looked at yet
            all.work().execute(() -> {
                if (!connecting) {
                    close(CloseCode.BAD_FIRST_FRAME);
                }
            });
        }
    }
}
