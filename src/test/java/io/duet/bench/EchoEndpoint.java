package io.duet.bench;

import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerEndpoint;

/**
 * What the server's own WebSocket costs with nothing behind it; deployed alone by {@link EchoServer}. Answers by returning: asynchronous
 * sends get lost when the next text comes before the former one is reported as sent.
 */
@ServerEndpoint("/chat")
public final class EchoEndpoint {
    @OnMessage
    public String echo(String text) {
        return text;
    }
}
