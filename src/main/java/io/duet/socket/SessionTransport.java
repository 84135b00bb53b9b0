package io.duet.socket;

import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCode;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** The wire of a WebSocket session (Jakarta WebSocket 2.1). */
final class SessionTransport implements Transport {
    private static final Logger LOG = Logger.getLogger(SessionTransport.class);

    private final Session session;
    private final RemoteEndpoint.Async remote;

    /** @param sendTimeout after which a send that nobody reads fails; without it, a server waits for ever */
    SessionTransport(Session session, Duration sendTimeout) {
        this.session = session;
        this.remote = session.getAsyncRemote();
        remote.setSendTimeout(sendTimeout.toMillis());
    }

    @Override
    public void send(String text, Consumer<Throwable> done) {
        try {
            remote.sendText(text, result -> done.accept(result.isOK() ? null : failure(result.getException())));
        } catch (RuntimeException e) {
            done.accept(e);
        }
    }

    private static Throwable failure(Throwable cause) {
        return cause == null ? new IOException("not sent") : cause;
    }

    @Override
    public void close(int code, String reason) {
        try {
            session.close(new CloseReason(codeOf(code), reason));
        } catch (IOException | RuntimeException e) {
            LOG.debugf(e, "A session was gone before it was closed");
        }
    }

    /** {@link CloseReason.CloseCodes#getCloseCode} makes an enum constant or a code of the application's own. */
    private static CloseCode codeOf(int code) {
        return CloseReason.CloseCodes.getCloseCode(code);
    }
}
