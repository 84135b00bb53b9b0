package io.duet.socket;

import jakarta.enterprise.inject.spi.CDI;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Takes the bearer token of the upgrade request (RFC 6750, section 2.1) to the endpoint. Only the {@code Authorization}
 * header counts: a token in the URL, a cookie or a subprotocol is none. It is judged at {@code connect}. The origin was
 * judged before, by {@link UpgradeFilter}.
 */
public final class Handshake extends ServerEndpointConfig.Configurator {
    private static final String TOKEN = "io.duet.socket.token";
    private static final String SCHEME = "bearer ";

    @Override
    public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        config.getUserProperties().remove(TOKEN);
        authorization(request).ifPresent(token -> config.getUserProperties().put(TOKEN, token));
    }

    /** An endpoint that CDI has filled; the container's own way does so for annotated ones only. */
    @Override
    public <T> T getEndpointInstance(Class<T> endpointClass) {
        return CDI.current().select(endpointClass).get();
    }

    private static Optional<String> authorization(HandshakeRequest request) {
        return request.getHeaders().entrySet().stream()
                .filter(header -> "authorization".equalsIgnoreCase(header.getKey()))
                .map(Map.Entry::getValue)
                .filter(values -> values.size() == 1)
                .map((List<String> values) -> values.get(0))
                .filter(value -> value.toLowerCase(Locale.ROOT).startsWith(SCHEME))
                .map(value -> value.substring(SCHEME.length()).trim())
                .findFirst();
    }

    /** Takes the token out of the properties of a session that has just been opened. */
    static Optional<String> takeToken(Map<String, Object> userProperties) {
        return Optional.ofNullable((String) userProperties.remove(TOKEN));
    }
}
