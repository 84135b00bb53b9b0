package io.duet.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.socket.Handshake.Outcome;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
    private final Map<String, List<String>> headers = new HashMap<>(Map.of(
            "upgrade", List.of("websocket"),
            "connection", List.of("Upgrade"),
            "sec-websocket-version", List.of("13"),
            "sec-websocket-key", List.of("dGhlIHNhbXBsZSBub25jZQ==")));

    private Outcome judge() {
        return Handshake.judge("HTTP/1.1", name -> headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()));
    }

    /** The example of RFC 6455, section 1.3. */
    @Test
    void acceptsWithTheRightAnswer() {
        assertThat(judge()).isEqualTo(new Outcome.Accepted("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    @Test
    void tokensStandInListsAndInAnyCase() {
        headers.put("upgrade", List.of("h2c, WebSocket"));
        headers.put("connection", List.of("keep-alive", "TE, UPGRADE"));
        assertThat(judge()).isInstanceOf(Outcome.Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"upgrade", "connection", "sec-websocket-version"})
    void withoutThemItIsNoUpgrade(String header) {
        headers.remove(header);
        assertThat(judge()).isEqualTo(new Outcome.UpgradeRequired());
    }

    @ParameterizedTest
    @ValueSource(strings = {"8", "12", "14", "13, 8", "x", ""})
    void otherVersionsAreToldOurs(String version) {
        headers.put("sec-websocket-version", List.of(version));
        assertThat(judge()).isEqualTo(new Outcome.UpgradeRequired());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "dGhlIHNhbXBsZSBub25jZQ",
                "dGhlIHNhbXBsZSBub25j",
                "dGhlIHNhbXBsZSBub25jZSE=",
                "dGhlIHNhbXBsZSBub25jZR=="
            })
    void aKeyIsTheBase64OfSixteenBytes(String key) {
        headers.put("sec-websocket-key", List.of(key));
        assertThat(judge()).isEqualTo(new Outcome.Bad());
    }

    @Test
    void thereIsOneKey() {
        headers.put("sec-websocket-key", List.of("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="));
        assertThat(judge()).isEqualTo(new Outcome.Bad());
        headers.remove("sec-websocket-key");
        assertThat(judge()).isEqualTo(new Outcome.Bad());
    }

    @Test
    void onlyOneBearerTokenInTheHeaderCounts() {
        assertThat(Handshake.bearerToken(List.of("Bearer abc"))).contains("abc");
        assertThat(Handshake.bearerToken(List.of("bEARER abc"))).contains("abc");
        assertThat(Handshake.bearerToken(List.of("Basic abc"))).isEmpty();
        assertThat(Handshake.bearerToken(List.of("Bearer abc", "Bearer abc"))).isEmpty();
        assertThat(Handshake.bearerToken(List.of())).isEmpty();
    }
}
