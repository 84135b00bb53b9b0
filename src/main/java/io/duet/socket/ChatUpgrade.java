package io.duet.socket;

import jakarta.enterprise.inject.Vetoed;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * Takes over a connection that {@link ChatServlet} has upgraded, once the answer to the handshake is out (Servlet 6.0, section
 * 2.3.3.5). The container makes it, so it is public and empty at first.
 */
@Vetoed
public final class ChatUpgrade implements HttpUpgradeHandler {
    private Wires wires;
    private LiveConnections connections;
    private Optional<String> headerToken = Optional.empty();

    void begin(Wires wires, LiveConnections connections, Optional<String> headerToken) {
        this.wires = wires;
        this.connections = connections;
        this.headerToken = headerToken;
    }

    @Override
    public void init(WebConnection connection) {
        try {
            connections.opened(wires.over(connection), headerToken);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void destroy() {
        // The wire tells when the peer has gone; a connection that is cut here knows it
    }
}
