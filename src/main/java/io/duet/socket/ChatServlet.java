package io.duet.socket;

import io.duet.rest.Origins;
import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;

/**
 * The door {@code /chat}: upgrades to a WebSocket, or refuses with 403 (a page of a foreign origin, RFC 6455, section 10.2), 426
 * (no upgrade to version 13), 400 (a wrong one) or 503 (the node is draining).
 */
@WebServlet(urlPatterns = "/chat", asyncSupported = true)
public final class ChatServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final int UPGRADE_REQUIRED = 426;

    @Inject
    private transient Origins origins;

    @Inject
    private transient Wires wires;

    @Inject
    private transient LiveConnections connections;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        if (!origins.permits(request.getHeader("Origin"), request.getHeader("Host"))) {
            response.sendError(HttpServletResponse.SC_FORBIDDEN);
            return;
        }
        final Handshake.Outcome outcome =
                Handshake.judge(request.getProtocol(), name -> Collections.list(request.getHeaders(name)));
        if (outcome instanceof Handshake.Outcome.UpgradeRequired) {
            response.setHeader("Upgrade", "websocket");
            response.setHeader("Connection", "Upgrade");
            response.setHeader("Sec-WebSocket-Version", Handshake.VERSION);
            response.sendError(UPGRADE_REQUIRED);
        } else if (outcome instanceof Handshake.Outcome.Bad) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST);
        } else if (connections.draining()) {
            response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        } else if (outcome instanceof Handshake.Outcome.Accepted accepted) {
            upgrade(accepted, request, response);
        }
    }

    private void upgrade(Handshake.Outcome.Accepted accepted, HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        response.setStatus(HttpServletResponse.SC_SWITCHING_PROTOCOLS);
        response.setHeader("Upgrade", "websocket");
        response.setHeader("Connection", "Upgrade");
        response.setHeader("Sec-WebSocket-Accept", accepted.accept());
        request.upgrade(ChatUpgrade.class)
                .begin(
                        wires,
                        connections,
                        Handshake.bearerToken(Collections.list(request.getHeaders("Authorization"))));
    }
}
