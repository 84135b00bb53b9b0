package io.duet.socket;

import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import org.jboss.logging.Logger;

/**
 * The door {@code /chat}: one instance a session; everything goes on in {@link LiveConnection}. The container calls it by
 * one thread at a time. Text comes in parts, so that the container never holds more than one of them, and a part beyond the
 * limit is refused by its head. (It is a class with handlers and no annotations, since Open Liberty holds parts to a limit
 * only then.)
 */
@Dependent
public class ChatEndpoint extends Endpoint {
    private static final Logger LOG = Logger.getLogger(ChatEndpoint.class);

    @Inject
    private LiveConnections connections;

    private LiveConnection connection;

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        final int frameBytes = connections.config().limits().frameBytes();
        session.setMaxIdleTimeout(0);
        session.setMaxTextMessageBufferSize(frameBytes);
        session.setMaxBinaryMessageBufferSize(frameBytes);
        final LiveConnection opened = connections.opened(
                new SessionTransport(session, connections.config().outbound().sendTimeout()),
                Handshake.takeToken(session.getUserProperties())
                        .or(() -> Handshake.takeToken(config.getUserProperties())));
        connection = opened;
        session.addMessageHandler(String.class, (MessageHandler.Partial<String>) opened::text);
        session.addMessageHandler(byte[].class, (MessageHandler.Partial<byte[]>) (part, last) -> opened.binary());
        session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) pong -> opened.heard());
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        if (connection != null) {
            connection.gone();
        }
    }

    @Override
    public void onError(Session session, Throwable failure) {
        LOG.debugf(failure, "A session failed");
    }
}
