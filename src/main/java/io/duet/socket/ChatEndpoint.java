package io.duet.socket;

import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import jakarta.websocket.CloseReason;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import org.jboss.logging.Logger;

/**
 * The door {@code /chat}: one instance a session; everything goes on in {@link LiveConnection}. The container calls it by
 * one thread at a time. Text comes in parts, so that the container never holds more than one of them.
 */
@Dependent
@ServerEndpoint(value = "/chat", configurator = Handshake.class)
public class ChatEndpoint {
    private static final Logger LOG = Logger.getLogger(ChatEndpoint.class);

    @Inject
    private LiveConnections connections;

    private LiveConnection connection;

    @OnOpen
    public void open(Session session, EndpointConfig config) {
        session.setMaxIdleTimeout(0);
        connection = connections.opened(
                new SessionTransport(session, connections.config().outbound().sendTimeout()),
                Handshake.takeToken(session.getUserProperties())
                        .or(() -> Handshake.takeToken(config.getUserProperties())));
    }

    @OnMessage
    public void text(String part, boolean last) {
        connection.text(part, last);
    }

    @OnMessage
    public void binary(byte[] part, boolean last) {
        connection.binary();
    }

    @OnMessage
    public void pong(PongMessage pong) {
        connection.heard();
    }

    @OnClose
    public void close(CloseReason reason) {
        if (connection != null) {
            connection.gone();
        }
    }

    @OnError
    public void error(Throwable failure) {
        LOG.debugf(failure, "A session failed");
    }
}
