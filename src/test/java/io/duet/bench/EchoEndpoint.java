package io.duet.bench;

import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;

/** What the server's own WebSocket costs with nothing behind it; deployed alone by {@link EchoServer}. */
@ServerEndpoint("/chat")
public final class EchoEndpoint {
    @OnMessage
    public void echo(String text, Session session) {
        session.getAsyncRemote().sendText(text, result -> {});
    }
}
